package benefit

import "tongchou/internal/money"

// Insurance (险种) is the insurance that settles.
type Insurance uint8

// The insurance types.
const (
	Employee Insurance = iota
	Resident
	insurances
)

// Category (医疗类别) is the kind of care.
type Category uint8

// The kinds of care: a stay, general outpatient care, chronic and special diseases (门诊慢特病), drugs for hypertension and diabetes
// (两病), and maternity.
//
// 依据: SC38-6.3
const (
	Inpatient Category = iota
	Outpatient
	Chronic
	TwoDisease
	Maternity
	categories
)

// Level (医疗机构级别) is the level of the institution.
type Level uint8

// The levels.
const (
	Primary Level = iota
	Level1
	Level2
	Level3
	levels
)

// Place (就医地点) is where the care was given, seen from the place of insurance.
type Place uint8

// The places: at home, off-site inside the province, outside it by registration (备案), and off-site without one.
//
// 依据: SCE-7.2
const (
	Local Place = iota
	Province
	Outside
	Unregistered
	places
)

// The words of files and parameters, in the order of the constants.
var (
	insuranceWords = [insurances]string{"employee", "resident"}
	insuranceCodes = [insurances]string{"310", "390"}
	categoryWords  = [categories]string{"inpatient", "outpatient", "chronic", "two_disease", "maternity"}
	levelWords     = [levels]string{"primary", "level1", "level2", "level3"}
	levelCodes     = [levels]string{"primary", "1", "2", "3"}
	placeWords     = [places]string{"local", "province", "outside", "unregistered"}
)

// Insurances, Categories, Levels and Places list what there is.
func Insurances() []Insurance { return []Insurance{Employee, Resident} }

// Categories lists the kinds of care.
func Categories() []Category {
	return []Category{Inpatient, Outpatient, Chronic, TwoDisease, Maternity}
}

// Levels lists the levels.
func Levels() []Level { return []Level{Primary, Level1, Level2, Level3} }

// Places lists the places.
func Places() []Place { return []Place{Local, Province, Outside, Unregistered} }

// String is the insurance's word: "employee".
func (i Insurance) String() string { return insuranceWords[i] }

// Code is the national platform's: "310".
func (i Insurance) Code() string { return insuranceCodes[i] }

// String is the kind's word: "inpatient".
func (c Category) String() string { return categoryWords[c] }

// String is the level's word in parameters: "level3".
func (l Level) String() string { return levelWords[l] }

// Code is the level in files: "3".
func (l Level) Code() string { return levelCodes[l] }

// String is the place's word: "local".
func (p Place) String() string { return placeWords[p] }

// ParseInsurance reads the platform's code.
func ParseInsurance[T string | []byte](code T) (Insurance, bool) {
	i, ok := find(insuranceCodes[:], code)
	return Insurance(i), ok
}

// ParseCategory reads a kind of care.
func ParseCategory[T string | []byte](word T) (Category, bool) {
	i, ok := find(categoryWords[:], word)
	return Category(i), ok
}

// ParseLevel reads a level as files have it.
func ParseLevel[T string | []byte](code T) (Level, bool) {
	i, ok := find(levelCodes[:], code)
	return Level(i), ok
}

// ParsePlace reads a place.
func ParsePlace[T string | []byte](word T) (Place, bool) {
	i, ok := find(placeWords[:], word)
	return Place(i), ok
}

func find[T string | []byte](words []string, word T) (int, bool) {
	for i, w := range words {
		if string(word) == w {
			return i, true
		}
	}
	return 0, false
}

// Group (人员类别) is a group that rules name: the first four are those of aid, the others have a layer of their own.
type Group uint8

// The groups.
const (
	Destitute        Group = iota // 特困人员
	Orphan                        // 孤儿
	Subsistence                   // 低保对象
	PovertyMonitored              // 防止返贫监测对象
	aidGroups
	CivilServant  Group = iota - 1 // 公务员医疗补助
	Supplementary                  // 补充医疗保险
	MutualAid                      // 医疗互助
	LongTermCare                   // 长期护理保险
	groups
)

// layerCount is how many layers there may be after the statutory ones.
const layerCount = int(groups - aidGroups)

var groupWords = [groups]string{"destitute", "orphan", "subsistence", "poverty_monitored", "civil_servant", "supplementary", "mutual_aid", "long_term_care"}

// String is the group's word.
func (g Group) String() string { return groupWords[g] }

// GroupSet (人员类别集合) is which of the groups a person belongs to.
type GroupSet uint8

// With adds a group by its word; an unknown one changes nothing.
func (s GroupSet) With(word string) GroupSet {
	if i, ok := find(groupWords[:], word); ok {
		s |= 1 << i
	}
	return s
}

// Has tells whether a group is in the set.
func (s GroupSet) Has(g Group) bool { return s>>g&1 != 0 }

// aided is the part of the set that the tables of a schedule go by.
func (s GroupSet) aided() int { return int(s & (1<<aidGroups - 1)) }

// Layers (附加保障层次) are amounts by layer: civil servants', supplementary, mutual aid, long-term care.
//
// 依据: YA-4.1.1, YA-4.1.2
type Layers [layerCount]money.Fen

// Mirror is every amount negative.
func (l Layers) Mirror() Layers {
	for n := range l {
		l[n] = -l[n]
	}
	return l
}

// Of is what the layer of a group pays; nothing of a group that has none.
//
// 依据: YA-4.1.2
func (l *Layers) Of(g Group) money.Fen {
	if g < aidGroups || g >= groups {
		return 0
	}
	return l[g-aidGroups]
}

// Sum adds the layers up.
func (l *Layers) Sum() money.Fen { return l[0] + l[1] + l[2] + l[3] }
