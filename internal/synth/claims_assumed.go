package synth

import "tongchou/internal/policy"

// What is assumed of those who claim and of their care; README.md lists it in words.

// The classes (人员类别) a person may be in.
const (
	worker = iota
	retiree
	resident
	classes
)

// The tiers (机构等级) of institutions; the last holds pharmacies.
const (
	tier3 = iota
	tier2
	tier1
	pharmacy
	tiers
)

// The kinds of outpatient care (门诊类别).
const (
	ordinary = iota
	chronic
	drugs
	urgent
	kinds
)

const (
	sexes    = 2   // 0 male, 1 female
	oldest   = 104 // years
	lifespan = oldest + 1
	bands    = 5 // of age: 0–17, 18–44, 45–59, 60–74, 75 and over
	firstJob = 20
	// pyramidSteps is how finely a city's ages are drawn.
	pyramidSteps = 2048
)

// band is the age band of an age.
func band(age int) int {
	switch {
	case age < 18:
		return 0
	case age < 45:
		return 1
	case age < 60:
		return 2
	case age < 75:
		return 3
	}
	return 4
}

// Working lives (工种): men, women who retire at 50 and women who retire at 55.
var (
	retirementAges = [3]int{60, 50, 55}
	workingLives   = [3]float64{0.51, 0.245, 0.245}
)

// sexOf a working life.
func sexOf(life int) int { return min(life, 1) }

// pyramid is the shape of the ages: per cent in five-year groups from 0–4 on.
var pyramid = [...]float64{5.5, 6.4, 6.0, 5.15, 5.3, 6.5, 8.8, 7.0, 6.6, 8.1, 8.6, 7.2, 5.2, 5.2, 3.5, 2.2, 1.44, 0.75, 0.26, 0.06, 0.01}

// Mortality (死亡率) grows with age as Gompertz has it: per year at 25, and per year of age.
const (
	hazardAt25   = 0.00035
	hazardGrowth = 0.092
)

// retireeMultiple (退休与在职费用之比) is how many times the cost of an active worker a retiree has.
const retireeMultiple = 3.34

// useByAge is how much care a class uses by age, against its own mean of about 1; retirees are put against workers by
// retireeMultiple.
func useByAge(class, sex, age int) float64 {
	use := 0.0
	switch {
	case class == worker:
		use = 0.55 + 0.02*float64(age-firstJob)
	case class == retiree:
		use = 0.75 + 0.02*float64(min(age, 90)-50)
	case age < 5:
		use = 1.1
	case age < 18:
		use = 0.4
	case age < 45:
		use = 0.55
	case age < 60:
		use = 1.0
	case age < 75:
		use = 1.8
	default:
		use = 2.5
	}
	if sex == 1 && age >= 20 && age < 40 {
		use *= 1.35
	}
	if sex == 0 && age >= 60 {
		use *= 1.08
	}
	return use
}

// Frailty (健康差异) differs between persons and stays with them; costs differ between visits.
const (
	frailtySigma, frailtyMost    = 0.9, 15
	visitsSigma, visitsMost      = 0.6, 6
	staySigma, stayMost          = 1.0, 120
	visitSigma, visitMost        = 0.8, 60
	maxStays, maxVisits          = 24, 120
	leastOutpatientShare         = 0.12 // of all medical cost
	ownShare                     = 0.22 // of a bill outside the scope, from half of it to half as much again
	catastrophicFrom, largeFrom  = 25_000_00, 80_000_00
	catastrophicPart, largePart  = 500_000, 800_000
	aidedResident, aidedEmployee = 0.03, 0.003
	civilServants, enterprises   = 0.08, 0.03
	aidPart, civilPart, firmPart = 600_000, 300_000, 200_000
	familyAccounts               = 0.05
	accountAtStay                = 0.4
	hospitalBears                = 0.01
	refunds                      = 0.005
	handedInHere                 = 0.007
	offsiteVisits                = 0.2 // of the share of stays that are off-site
)

// stayCostByBand is what a stay costs by age band.
var stayCostByBand = [bands]float64{0.6, 0.85, 1.05, 1.1, 1.05}

// chronicByBand is who has an acknowledged chronic illness (门诊慢特病资格).
var chronicByBand = [bands]float64{0, 0.04, 0.15, 0.36, 0.48}

// careAssumed is what is assumed about one insurance type's care. Places are here and elsewhere.
type careAssumed struct {
	stayTiers  [2][3]float64 // where stays are, here and elsewhere
	deductible [2][3]float64 // 起付线, in fen; half of it from the second stay on
	staySelf   [2][3]float64 // share the person pays, before it is scaled to the national ratio
	visitRate  [kinds]float64
	visitCost  [kinds]float64 // against each other
	visitTiers [kinds][tiers]float64
	visitSelf  [kinds]float64
}

var (
	elsewhereTiers = [3]float64{0.80, 0.17, 0.03}
	stayCostByTier = [3]float64{1.35, 0.78, 0.42}
	stayElsewhere  = 1.2
	// By tier: what a visit costs, and what is added to the person's share.
	visitCostByTier = [tiers]float64{1.3, 1.0, 0.75, 1.0}
	visitSelfByTier = [tiers]float64{0.06, 0, -0.06, 0}
	retireeSelf     = 0.8 // of a worker's share

	employeeCare = careAssumed{
		stayTiers:  [2][3]float64{{0.52, 0.34, 0.14}, elsewhereTiers},
		deductible: [2][3]float64{{800_00, 500_00, 300_00}, {1000_00, 700_00, 500_00}},
		staySelf:   [2][3]float64{{0.14, 0.10, 0.07}, {0.22, 0.18, 0.15}},
		visitRate:  [kinds]float64{4.0, 6.0, 2.2, 0.1}, visitCost: [kinds]float64{260, 650, 110, 420},
		visitTiers: [kinds][tiers]float64{{0.38, 0.24, 0.38, 0}, {0.35, 0.35, 0.30, 0}, {0, 0, 0, 1}, {0.55, 0.35, 0.10, 0}},
		visitSelf:  [kinds]float64{0.35, 0.12, 0.45, 0.30},
	}
	residentCare = careAssumed{
		stayTiers:  [2][3]float64{{0.32, 0.44, 0.24}, elsewhereTiers},
		deductible: [2][3]float64{{600_00, 400_00, 200_00}, {900_00, 700_00, 500_00}},
		staySelf:   [2][3]float64{{0.38, 0.26, 0.15}, {0.50, 0.40, 0.30}},
		visitRate:  [kinds]float64{1.25, 3.0, 0.1, 0.06}, visitCost: [kinds]float64{100, 320, 60, 200},
		visitTiers: [kinds][tiers]float64{{0.18, 0.27, 0.55, 0}, {0.20, 0.40, 0.40, 0}, {0, 0, 0, 1}, {0.50, 0.35, 0.15, 0}},
		visitSelf:  [kinds]float64{0.45, 0.25, 0.50, 0.40},
	}
)

// Seasons (季节性): per mille of a year's stays and visits by month, and the weight of a Sunday to a Saturday.
var (
	staysByMonth  = [12]float64{88, 70, 90, 86, 85, 83, 86, 84, 80, 79, 84, 85}
	visitsByMonth = [12]float64{86, 72, 88, 85, 83, 81, 82, 81, 80, 81, 88, 93}
	staysByDay    = [7]float64{0.75, 1.1, 1.05, 1.05, 1.05, 1.1, 0.9}
	visitsByDay   = [7]float64{0.7, 1.2, 1.1, 1.05, 1.05, 1.05, 0.85}
)

// booksClosed is how many days at the end of a year hospitals settle no stays, while they close their books.
const booksClosed = 5

// paidByCase (按病种付费覆盖) is the chance, by tier, that a stay in the province is paid by DRG or DIP.
func paidByCase(year policy.Year) [3]float64 {
	switch {
	case year <= 2022:
		return [3]float64{0.50, 0.42, 0.25}
	case year == 2023:
		return [3]float64{0.66, 0.58, 0.40}
	case year == 2024:
		return [3]float64{0.82, 0.76, 0.60}
	}
	return [3]float64{0.94, 0.90, 0.80}
}

// directElsewhere (异地直接结算率) is the chance that care elsewhere is settled where it is given.
func directElsewhere(year policy.Year) float64 {
	return min(0.95, 0.70+0.07*float64(year-2022))
}

// Flows (就医流向) of care elsewhere: the capital's part of what stays in the province, the part that leaves it, from
// the capital and from others, and how many tiles away care is half as likely.
const (
	toCapital               = 0.6
	leavesFromCapital       = 0.5
	leavesFromOthers        = 0.12
	tilesToHalve            = 1.0
	peopleElsewhere   int64 = 8_000_000 // about a place outside the province
)

// outside are the places outside the province that care is sought in, most of it in the first.
var outside = map[string][]string{
	"51": {"500000", "110000", "310000", "440100"},
	"53": {"510100", "500000", "110000", "440100"},
}

var outsideShares = []float64{0.6, 0.15, 0.15, 0.1}

// People for each institution of a tier, and the most of them a place has.
var (
	peopleFor        = [tiers]int64{500_000, 150_000, 40_000, 6_000}
	mostInstitutions = [tiers]int64{99, 299, 899, 999}
)

// condition (病种) is an illness with the groups its stays are paid by; the groups' codes are made up.
type condition struct{ disease, drg, dip string }

var (
	childrensStays = []condition{{"J20.9", "SX11", "J20.9-S1"}, {"J18.0", "SX13", "J18.0-S1"}, {"A09.9", "SX15", "A09.9-S1"}, {"J06.9", "SX17", "J06.9-S1"}}
	lightStays     = []condition{{"K29.5", "SG11", "K29.5-S1"}, {"J20.9", "SE11", "J20.9-S2"}, {"M51.2", "SI13", "M51.2-S1"}, {"I10.X", "SF15", "I10.X-S1"}}
	middlingStays  = []condition{{"J18.9", "SE13", "J18.9-S1"}, {"J44.1", "SE15", "J44.1-S1"}, {"E11.9", "SK11", "E11.9-S1"}, {"K80.2", "SH13", "K80.2-S1"}, {"I25.1", "SF13", "I25.1-S1"}}
	heavyStays     = []condition{{"I63.9", "SB21", "I63.9-S1"}, {"C34.9", "SR21", "C34.9-S1"}, {"I21.9", "SF21", "I21.9-S1"}, {"S72.0", "SI21", "S72.0-S1"}, {"C16.9", "SR23", "C16.9-S1"}}
	chronicIlls    = []string{"I10.X", "I10.X", "I10.X", "E11.9", "E11.9", "J44.9", "I25.1", "N18.9"}
)
