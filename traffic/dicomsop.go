package traffic

import "strings"

// storageRoot begins the SOP classes of storage (PS3.6 A). Those that stand
// elsewhere hold plans, protocols and templates, which any workstation makes.
const storageRoot = "1.2.840.10008.5.1.4.1.1."

// storageClasses maps a storage SOP class to the class of the equipment that
// makes its objects, by the part of the UID behind storageRoot. Classes of
// documents, presentations, segmentations, plans and derived objects are left
// out, as are secondary captures: whoever has a screen makes them.
var storageClasses = map[string]string{
	"1": "x-ray", "1.1": "x-ray", "1.1.1": "x-ray", // computed and digital radiography
	"1.2": "mammography", "1.2.1": "mammography",
	"1.3": "x-ray", "1.3.1": "x-ray", // intra-oral
	"2": "ct-scanner", "2.1": "ct-scanner",
	"3": "ultrasound", "3.1": "ultrasound", "6": "ultrasound", "6.1": "ultrasound", "6.2": "ultrasound",
	"4": "mr-scanner", "4.1": "mr-scanner", "4.2": "mr-scanner", "4.3": "mr-scanner",
	"5": "nuclear-medicine", "20": "nuclear-medicine",
	"128": "nuclear-medicine", "130": "nuclear-medicine", // positron emission
	"9.1.1": "ecg", "9.1.2": "ecg", "9.1.3": "ecg",
	"12.1": "x-ray", "12.1.1": "x-ray", "12.2": "x-ray", "12.2.1": "x-ray", "12.3": "x-ray", // angiography, fluoroscopy
	"13.1.1": "x-ray", "13.1.2": "x-ray",
	"13.1.3": "mammography", "13.1.4": "mammography", "13.1.5": "mammography", // tomosynthesis and its projections
	"77.1.1": "endoscopy", "77.1.1.1": "endoscopy",
}

// objectKinds is what the SOP classes of an association say of the side that
// sends the objects: the kind of equipment when all are of one kind, and the
// maker when all private ones are of one maker. A forwarder proposes many.
type objectKinds struct {
	class, classUID  string
	maker, makerUID  string
	classes, makers  int
	classAt, makerAt int // bytes of the presentation contexts that say so
}

func (k *objectKinds) add(abstract string, at int) {
	if rest, ok := strings.CutPrefix(abstract, storageRoot); ok {
		if class := storageClasses[rest]; class != "" && class != k.class {
			k.class, k.classUID, k.classAt = class, abstract, at
			k.classes++
		}
		return
	}
	if r, ok := rootOf(abstract); ok && r.maker && r.owner != k.maker {
		k.maker, k.makerUID, k.makerAt = r.owner, abstract, at
		k.makers++
	}
}

func (k *objectKinds) claims() []Claim {
	var out []Claim
	if k.classes == 1 {
		out = append(out, Claim{Attribute: Class, Value: k.class, Raw: k.classUID, Weight: 0.4, Source: "dicom.associate", Field: "SOP class proposed", Offset: k.classAt})
	}
	if k.makers == 1 {
		out = append(out, Claim{Attribute: Manufacturer, Value: k.maker, Raw: k.makerUID, Weight: 0.5, Source: "dicom.uidroot", Field: "private SOP class proposed", Offset: k.makerAt})
	}
	return out
}
