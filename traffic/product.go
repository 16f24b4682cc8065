package traffic

// ProductOf finds a product by the name that it bears in free text: a
// description, a namespace, a model's name. Only names that nothing else in a
// hospital bears are known. The model is empty where the name is that of a
// whole family.
func ProductOf(text string) (maker, model, class string, ok bool) {
	p, ok := productOf(text)
	return p.maker, p.model, p.class, ok
}
