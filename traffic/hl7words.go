package traffic

import (
	"strings"

	"bedrail/format/hl7"
	"bedrail/rule"
)

// mdcProduction returns which attribute a row of production data gives, by the
// code or the reference id of ISO/IEEE 11073-10101. Firmware counts as
// software, a little less surely.
func mdcProduction(id hl7.Value) (Attribute, float64) {
	code, ref := id.Component(1), id.Component(2)
	switch {
	case code.Is("531969") || ref.Is("MDC_ID_MODEL_NUMBER"):
		return Model, hl7Exact
	case code.Is("531970") || ref.Is("MDC_ID_MODEL_MANUFACTURER"):
		return Manufacturer, hl7Exact
	case code.Is("531972") || ref.Is("MDC_ID_PROD_SPEC_SERIAL"):
		return SerialNumber, hl7Exact
	case code.Is("531975") || ref.Is("MDC_ID_PROD_SPEC_SW"):
		return SoftwareVersion, hl7Exact
	case code.Is("531976") || ref.Is("MDC_ID_PROD_SPEC_FW"):
		return SoftwareVersion, hl7Own
	}
	return "", 0
}

// mdcClass returns the class of a device object of the nomenclature, or "". A
// code counts only with a reference id that agrees or with none.
func mdcClass(code, ref string) string {
	if ref == "" {
		switch code {
		case "69985":
			return "infusion-pump"
		case "69965":
			return "patient-monitor"
		case "70001": // MDC_DEV_SYS_PT_VENT_MDS
			return "ventilator"
		}
		return ""
	}
	name, ok := strings.CutPrefix(ref, "MDC_DEV_")
	if !ok {
		return ""
	}
	name, ok = strings.CutSuffix(name, "_MDS")
	if !ok {
		return "" // a subsystem says nothing sure of the whole
	}
	for _, row := range [...]struct{ part, class string }{
		{"PUMP_INFUS", "infusion-pump"},
		{"PUMP_SYRINGE", "infusion-pump"},
		{"MON_PHYSIO", "patient-monitor"},
		{"VENT", "ventilator"},
		{"ANESTH", "anaesthesia-machine"},
		{"DIALY", "dialysis-machine"},
		{"DEFIB", "defibrillator"},
		{"ECG", "ecg"},
		{"INCUBATOR", "incubator"},
		{"PULS_OXIM", "pulse-oximeter"},
		{"BP", "blood-pressure-monitor"},
		{"PRESS_BLD", "blood-pressure-monitor"},
		{"GLU", "glucose-meter"},
		{"BLD_GAS", "blood-gas-analyser"},
		{"SCALE", "scale"},
		{"WEIGHT", "scale"},
		{"BED", "smart-bed"},
	} {
		if strings.Contains(name, row.part) {
			return row.class
		}
	}
	return ""
}

// A product is what a well-known product name says.
type product struct{ maker, model, class string }

// An hl7Name is what a name says, of a product or of a maker.
type hl7Name struct {
	product product
	known   bool
	maker   string
}

// name looks a name up once: a device says it in each message.
func (k *hl7Known) name(text string) hl7Name {
	if len(text) > 128 {
		return hl7Name{}
	}
	return k.names.of([]byte(text), func([]byte) hl7Name {
		p, known := productOf(text)
		return hl7Name{p, known, makerOf(text)}
	})
}

// productOf finds a product by name in the free text of a sender. Only names
// that nothing else in a hospital bears are among the rules.
func productOf(text string) (product, bool) {
	if len(text) < 5 || len(text) > 128 {
		return product{}, false
	}
	found := rule.Builtin().Read("product", "hl7", text)
	if len(found) == 0 {
		return product{}, false
	}
	g := found[0].Gives
	return product{g["manufacturer"], g["model"], g["class"]}, true
}

// makerOf finds a maker by name in the name of an application, facility or
// namespace, or returns "". A hospital's own facility names match none.
func makerOf(text string) string {
	if len(text) < 3 || len(text) > 128 {
		return ""
	}
	key := plain(text)
	for _, row := range [...]struct{ word, maker string }{
		{"HOSPIRA", "ICU Medical/Hospira"},
		{"ICUMED", "ICU Medical/Hospira"},
		{"BBRAUN", "B. Braun"},
		{"PHILIPS", "Philips"},
		{"HILLROM", "Hillrom"},
		{"DRAEGER", "Draeger"},
		{"DRAGER", "Draeger"},
		{"MINDRAY", "Mindray"},
		{"BAXTER", "Baxter"},
		{"FRESENIUS", "Fresenius"},
		{"CAREFUSION", "BD"},
		{"MASIMO", "Masimo"},
		{"NIHONKOHDEN", "Nihon Kohden"},
		{"SPACELABS", "Spacelabs"},
		{"WELCHALLYN", "Welch Allyn"},
		{"SMITHSMED", "Smiths Medical"},
		{"GEHEALTHCARE", "GE HealthCare"},
		{"GEMEDICAL", "GE HealthCare"},
		{"MEDTRONIC", "Medtronic"},
		{"HAMILTONMED", "Hamilton Medical"},
		{"GETINGE", "Getinge"},
		{"MAQUET", "Getinge"},
		{"MORTARA", "Mortara"},
	} {
		if strings.Contains(key, row.word) {
			return row.maker
		}
	}
	return ""
}

// plain keeps the letters and digits of text, in upper case.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, text)
}

// euiOf returns the EUI-64 of an entity identifier (EI) as 16 upper-case
// hexadecimal digits, or "".
func euiOf(ei hl7.Value) string {
	if !ei.Component(4).Is("EUI-64") {
		return ""
	}
	if eui := cleanEUI(ei.Component(3).String()); eui != "" {
		return eui
	}
	return cleanEUI(ei.Component(1).String())
}

// euiOfHD returns the EUI-64 of a hierarchic designator (HD), or "".
func euiOfHD(hd hl7.Value) string {
	if !hd.Component(3).Is("EUI-64") {
		return ""
	}
	return cleanEUI(hd.Component(2).String())
}

// cleanEUI drops separators. All zeros and all ones are what a device sends
// that was never given a number.
func cleanEUI(text string) string {
	s := plain(text)
	if !isEUI(s) || strings.Trim(s, "0") == "" || strings.Trim(s, "F") == "" {
		return ""
	}
	return s
}

func isEUI(s string) bool {
	s = plain(s)
	if len(s) != 16 {
		return false
	}
	for i := range len(s) {
		if s[i] > 'F' {
			return false
		}
	}
	return true
}

// euiIsMAC reports whether eui was made from mac by putting FFFE in the
// middle, with or without the universal bit turned.
func euiIsMAC(eui string, mac MAC) bool {
	if len(eui) != 16 || eui[6:10] != "FFFE" || mac == "" {
		return false
	}
	hex := plain(string(mac))
	if len(hex) != 12 || eui[10:] != hex[6:] || eui[2:6] != hex[2:6] || eui[0] != hex[0] {
		return false
	}
	const digits = "0123456789ABCDEF"
	a, b := strings.IndexByte(digits, eui[1]), strings.IndexByte(digits, hex[1])
	return a >= 0 && b >= 0 && (a == b || a^2 == b)
}

// cutSerial splits "PLUM A+ SN 13201477" into model and serial number.
func cutSerial(id string) (model, serial string, ok bool) {
	upper := strings.ToUpper(id)
	for _, mark := range [...]string{" SN:", " SN ", " S/N:", " S/N ", " SERIAL "} {
		at := strings.Index(upper, mark)
		if at < 0 || len(upper) != len(id) {
			continue
		}
		serial = strings.TrimSpace(id[at+len(mark):])
		if serial != "" && !strings.Contains(serial, " ") {
			return strings.TrimSpace(id[:at]), serial, true
		}
	}
	return "", "", false
}
