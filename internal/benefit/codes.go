package benefit

import "tongchou/internal/region"

// CategoryOf (医疗类别) is the kind of care of the platform's med_type: 11 and 13 outpatient and emergency, 14 chronic, 21 and 28 stays, 41 a pharmacy,
// 51 and 52 maternity; outpatient for others.
//
// 依据: YA-4.8.2
func CategoryOf(medType string) Category {
	if len(medType) > 2 {
		medType = medType[:2] // 14 has kinds of its own
	}
	switch medType {
	case "14":
		return Chronic
	case "21", "28":
		return Inpatient
	case "51", "52":
		return Maternity
	}
	return Outpatient
}

// LevelOf (医疗机构级别) is the level of the platform's hosp_lv: 01–03 level 3, 05–07 level 2, 08–10 level 1, others primary.
//
// 依据: YA-4.8.2
func LevelOf(hospital string) Level {
	switch {
	case hospital >= "01" && hospital <= "03":
		return Level3
	case hospital >= "05" && hospital <= "07":
		return Level2
	case hospital >= "08" && hospital <= "10":
		return Level1
	}
	return Primary
}

// PlaceOf (就医地点) is where care was given, seen from the place of insurance. What was not settled directly outside the province counts as not
// registered (假设: 明细中没有备案信息).
//
// 依据: SCE-7.2
func PlaceOf(insured, treated region.Code, direct bool) Place {
	switch {
	case len(insured) < 4 || len(treated) < 4 || insured[:4] == treated[:4]:
		return Local
	case insured[:2] == treated[:2]:
		return Province
	case direct:
		return Outside
	}
	return Unregistered
}
