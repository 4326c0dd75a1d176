package benefit

import "tongchou/internal/region"

// CategoryOf (医疗类别) is the kind of care of the platform's med_type: 11 and 13 outpatient and emergency, 14 chronic, 21 to 24 and 28 stays, 41 a pharmacy,
// 51 and 52 maternity; outpatient for others. 22, 23 and 24 (injury, referral, from the emergency room) are as we know the national table.
//
// 依据: YA-4.8.2
func CategoryOf(medType string) Category {
	if len(medType) > 2 {
		medType = medType[:2] // 14 has kinds of its own
	}
	switch medType {
	case "14":
		return Chronic
	case "21", "22", "23", "24", "28":
		return Inpatient
	case "51", "52":
		return Maternity
	}
	return Outpatient
}

// StayOf (住院) tells whether the platform's med_type is one of a stay: one in hospital, or a delivery.
//
// 依据: YA-3.1.5, YA-4.8.2
func StayOf(medType string) bool {
	return CategoryOf(medType) == Inpatient || medType == "52"
}

// EmergencyOf (急诊) tells whether the platform's med_type is emergency care (13), or a stay that began with it (24).
//
// 依据: SCE-7.2, YA-4.8.2
func EmergencyOf(medType string) bool { return medType == "13" || medType == "24" }

// EpidemicOf (重大疫情) tells whether a diagnosis is one that rules of an epidemic are for: the codes U00–U49 of ICD-10, which are kept for new diseases (假设: 由启用的政策另行
// 规定病种之前). Rules of an epidemic only count while they are switched on.
//
// 依据: YA-3.1.4
func EpidemicOf(diagnosis string) bool {
	return len(diagnosis) >= 3 && (diagnosis[0] == 'U' || diagnosis[0] == 'u') && diagnosis[1] >= '0' && diagnosis[1] <= '4' && diagnosis[2] >= '0' && diagnosis[2] <= '9'
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
