package fhir

// Codes of SNOMED CT and LOINC end in a check digit, so that a slip of the
// pen can be told without their lists.

// verhoeff is the multiplication in the dihedral group D5 and the permutation
// of Verhoeff's scheme (SNOMED CT Technical Implementation Guide, Check-digit).
var verhoeff = struct {
	d [10]string
	p [8]string
}{
	[10]string{"0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210"},
	[8]string{"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"},
}

// isSNOMED reports whether code is formed as a concept of SNOMED CT. What is
// no plain identifier may be an expression.
func isSNOMED(code string) verdict {
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return unknown
		}
	}
	if len(code) < 6 || len(code) > 18 || code[0] == '0' {
		return no
	}
	sum := byte(0)
	for i := range len(code) {
		digit := code[len(code)-1-i] - '0'
		sum = verhoeff.d[sum][verhoeff.p[i%8][digit]-'0'] - '0'
	}
	if sum != 0 {
		return no
	}
	return unknown
}

// isLOINC reports whether code is formed as a LOINC code. Parts, answers and
// groups begin with a letter.
func isLOINC(code string) verdict {
	if code == "" || code[0] >= 'A' && code[0] <= 'Z' {
		return unknown
	}
	n := len(code) - 2
	if n < 1 || n > 7 || code[n] != '-' || code[n+1] < '0' || code[n+1] > '9' {
		return no
	}
	sum, double := 0, true
	for i := n - 1; i >= 0; i-- {
		if code[i] < '0' || code[i] > '9' {
			return no
		}
		d := int(code[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	if (10-sum%10)%10 != int(code[n+1]-'0') {
		return no
	}
	return unknown
}
