// The two halves of the English catalogue, as scripts/firstwords.ts splits it.
type Words = Readonly<Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>>;

declare module 'virtual:words/first' {
  const words: Words;
  export default words;
}
declare module 'virtual:words/rest' {
  const words: Words;
  export default words;
}
