package region

import "strconv"

// Level is the rank of a division (行政级别) in the tree. The zero Level is none.
//
// 依据: SC38-1.1
type Level int

const (
	// Province (省级) is the root of a tree.
	Province Level = iota + 1
	// Prefecture (地级: 市, 州) is the usual pooling area.
	Prefecture
	// County (县级: 县, 市辖区, 县级市) belongs to a prefecture.
	County
)

// String gives the word the division table (区划表) uses for a level: province, prefecture or county.
func (l Level) String() string {
	switch l {
	case Province:
		return "province"
	case Prefecture:
		return "prefecture"
	case County:
		return "county"
	default:
		return "Level(" + strconv.Itoa(int(l)) + ")"
	}
}

// Division is one administrative division (行政区划).
type Division struct {
	Code Code
	// Parent is the division directly above, empty for a province.
	Parent Code
	Level  Level
	// Name is the full official name (全称).
	Name string
	// Short is the name without its rank and peoples, as tiles show it (简称); empty for a county.
	Short string
	// NameEN is the plain romanised name (罗马字母拼写), without a rank; empty for a county.
	NameEN string
}

// Tile is the place of a prefecture in the tile-grid map (网格地图) of its province. Col and Row count from 1, from the
// north-west corner.
type Tile struct {
	Code     Code
	Col, Row int
}
