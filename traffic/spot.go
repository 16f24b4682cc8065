package traffic

import "strings"

// A Spot is where a device stands, as the value of a Location claim writes it:
// "unit ICU, room 3, bed 12", from the widest to the narrowest, what is not
// known left out.
type Spot struct {
	Site, Building, Floor, Unit, Room, Bed string
}

var spotWords = [...]string{"site", "building", "floor", "unit", "room", "bed"}

func (s *Spot) parts() [6]*string {
	return [6]*string{&s.Site, &s.Building, &s.Floor, &s.Unit, &s.Room, &s.Bed}
}

// String writes the spot as ParseSpot reads it.
func (s Spot) String() string {
	var b strings.Builder
	for i, part := range s.parts() {
		text := strings.Join(strings.FieldsFunc(*part, func(r rune) bool { return r <= ' ' || r == ',' }), " ")
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(spotWords[i] + " " + text)
	}
	return b.String()
}

// ParseSpot reads the value of a Location claim. Words that it does not know
// are left out.
func ParseSpot(text string) Spot {
	var s Spot
	parts := s.parts()
	for piece := range strings.SplitSeq(text, ", ") {
		word, value, _ := strings.Cut(piece, " ")
		for i := range spotWords {
			if word == spotWords[i] {
				*parts[i] = value
			}
		}
	}
	return s
}
