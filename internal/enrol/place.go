package enrol

import "tongchou/internal/region"

// Place (统计用区划代码) is where somebody is registered or lives, down to the village (村): twelve digits, of which the first six
// are the county's division code, three more the township and three the village. Zeros stand for what is not known. The
// empty Place is no place.
type Place string

const placeDigits = 12

// PlaceIn gives the place of which only the county is known.
func PlaceIn(county region.Code) Place { return Place(county) + "000000" }

// ParsePlace reads a place of twelve digits, or a division code of six.
func ParsePlace(text string) (Place, bool) {
	if len(text) == len("510104") {
		text += "000000"
	}
	if len(text) != placeDigits {
		return "", false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return "", false
		}
	}
	if _, err := region.Parse(text[:6]); err != nil || text[6:9] == "000" && text[9:] != "000" {
		return "", false
	}
	return Place(text), true
}

// County gives the division code of a place; none for no place.
func (p Place) County() region.Code {
	if len(p) != placeDigits {
		return ""
	}
	return region.Code(p[:6])
}

// Township gives a place without its village.
func (p Place) Township() Place {
	if len(p) != placeDigits {
		return ""
	}
	return p[:9] + "000"
}
