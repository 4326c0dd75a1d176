#!/usr/bin/env python3
"""The bills of bills-sichuan.csv, worked out from the rules and not from the Go code.

Fractions throughout, one dictionary per person, year and insurance. The values are those of the policy sichuan (assumed ones,
no official figures) as they are written in policies/, copied here by hand: where the two differ the test fails. Above the
policy stand five made-up papers: the province switches the rules of an epidemic on from 2026-03-01 and off from 2026-05-01,
the city 510700 has a first share of class-B drugs of its own (15 %), the city 510300 pays mutual aid after long-term care, and
the city 510400 has a threshold of aid of 3,000 yuan.

    python3 sichuan.py > bills-sichuan.csv
"""
import csv
import sys
from datetime import date, timedelta
from fractions import Fraction as F

STAY = {"390": {"primary": (100, "0.90"), "1": (200, "0.85"), "2": (500, "0.78"), "3": (900, "0.65")},
        "310": {"primary": (150, "0.95"), "1": (200, "0.92"), "2": (400, "0.90"), "3": (800, "0.85")}}
STAY_OFF = {"local": "0", "province": "0", "outside": "0.05", "unregistered": "0.15"}
OUTPATIENT = {"390": {"primary": "0.60", "1": "0.60", "2": "0.50"}, "310": {"primary": "0.60", "1": "0.60", "2": "0.60", "3": "0.50"}}
BASIC_CAP = {"390": 180000, "310": 400000}
DISEASE_CAP = {"chronic": {"390": {"M03900": 2000, "M01600": 2500}, "310": {"M03900": 4000, "M01600": 5000}},
               "two_disease": {"390": {"hypertension": 300, "diabetes": 400}, "310": {}}}
AID = {"destitute": "1", "orphan": "1", "subsistence": "0.70", "poverty_monitored": "0.60"}
EPIDEMIC_POINTS = {"primary": "0.10", "1": "0.05", "2": "0", "3": "0"}
LAYERS = {"civil_servant": ("0.50", 50000), "supplementary": ("0.30", 50000), "mutual_aid": ("0.20", 20000), "long_term_care": (None, 10000)}
CARE_A_DAY = 40
DAYS = {"elsewhere": 0, "referral": 180, "emergency": 30, "temporary": 180, "chronic": 730, "two_disease": 0, "fixed": 365}


def fen(x):
    return F((x * 100 + F(1, 2)).__floor__(), 100)


def part(x, ratio):
    return fen(x * F(ratio))


def text(x):
    return "%d.%02d" % divmod(int(x * 100), 100)


def day(s):
    return date.fromisoformat(s)


def catastrophic(s):
    paid = F(0)
    for low, high, ratio in ((15000, 65000, "0.60"), (65000, 115000, "0.65"), (115000, 10**12, "0.75")):
        paid += max(F(0), min(s, F(high)) - low) * F(ratio)
    return fen(paid)


def registrations(words):
    """kind@from:what, with the last day that follows from the days of the kind."""
    out = []
    for word in words.split():
        kind, rest = word.split("@")
        first, what = rest.split(":")
        last = day(first) + timedelta(DAYS[kind] - 1) if DAYS[kind] else date.max
        out.append((kind, day(first), last, what))
    return out


def kind_of(b):
    return {"11": "outpatient", "13": "outpatient", "14": "chronic", "21": "inpatient", "24": "inpatient", "51": "maternity", "52": "maternity"}[b["med_type"]]


def effect(b):
    """Place, kind of care, disease and whether it is approved, as the registrations have it on the first day."""
    first = day(b.get("begndate") or b["date"])
    valid = [r for r in registrations(b.get("registered", "")) if r[1] <= first <= r[2]]
    insured, treated = b.get("insured", "510104"), b.get("treated", "510104")
    place = "local" if insured[:4] == treated[:4] else "province" if insured[:2] == treated[:2] else "outside"
    if place != "local" and not any(r[0] in ("elsewhere", "referral", "emergency", "temporary") and treated.startswith(r[3].rstrip("0")) for r in valid):
        place = place if b["med_type"] in ("13", "24") else "unregistered"
    kind, disease, approved = kind_of(b), "", False
    if kind in ("chronic", "outpatient"):
        diagnosis = b.get("diag", "")
        two = "hypertension" if "I10" <= diagnosis[:3] <= "I15" else "diabetes" if "E10" <= diagnosis[:3] <= "E14" else ""
        for r in valid:
            if r[0] == "chronic" and kind == "chronic" and r[3] == b.get("disease"):
                approved, disease = True, r[3]
            if r[0] == "two_disease" and two and r[3] == two:
                approved, disease = True, two
                if b["insutype"] == "390" and b["level"] != "3":
                    kind = "two_disease"
        chosen = [r[3] for r in valid if r[0] == "fixed"]
        if chosen and "H1" not in chosen:
            approved, disease = False, ""
            kind = kind_of(b)
    return place, kind, disease, approved


def cost(b):
    """In scope and total of the bill: its lines, of class A or B, with limits by the piece and by the day."""
    if not b.get("lines"):
        return F(b["scope"]), F(b["scope"])
    inside, whole, taken = F(0), F(0), {}
    for line in b["lines"].split("; "):
        w = dict(x.split("=") for x in line.split())
        fee, over = fen(F(w["cnt"]) * F(w["pric"])), F(0)
        if "pric_uplmt_amt" in w:
            over = fen(max(F(0), F(w["pric"]) - F(w["pric_uplmt_amt"])) * F(w["cnt"]))
        if "day_uplmt_amt" in w:
            at = w["med_list_codg"], w["fee_ocur_time"]
            over = max(over, fee - max(F(0), F(w["day_uplmt_amt"]) - taken.get(at, F(0))))
            taken[at] = taken.get(at, F(0)) + fee - over
        share = w.get("selfpay_prop", "0")
        if w["chrgitm_lv"] == "02" and w["list_type"] == "101" and b.get("treated", "").startswith("5107"):
            share = "0.15"
        first = part(fee - over, share) if w["chrgitm_lv"] == "02" else F(0)
        inside, whole = inside + fee - over - first, whole + fee
    return inside, whole


def terms(b, place, kind):
    """Ratio, annual deductible and annual cap of the kind; None where it is not paid."""
    ins, level, retired = b["insutype"], b["level"], b.get("retired") and b["insutype"] == "310"
    resident = ins == "390"
    if kind == "inpatient":
        return min(F(STAY[ins][level][1]) + (F("0.03") if retired else 0) - F(STAY_OFF[place]), F(1)), None, None
    if kind == "outpatient":
        if level not in OUTPATIENT[ins]:
            return None
        if resident:
            return F(OUTPATIENT[ins][level]), 0, 400
        return F(OUTPATIENT[ins][level]) + (F("0.10") if retired else 0), 150 if retired else 200, 2500 if retired else 2000
    if kind == "chronic":
        return (F("0.65"), 0, 10000) if resident else (F("0.80") + (F("0.05") if retired else 0), 0, 20000)
    if kind == "two_disease":
        return F("0.50"), 0, 500
    return (F("0.70"), 0, 3000) if resident else (F("0.90"), 0, 6000)


def settle(y, b):
    place, kind, disease, approved = effect(b)
    inside, whole = cost(b)
    out = dict.fromkeys("act_pay_dedc hifp_pay hifmi_pay hifob_pay maf_pay civil_servant supplementary mutual_aid long_term_care".split(), F(0))
    held = terms(b, place, kind)
    if held is not None and not (kind in ("chronic", "two_disease") and not approved):
        ratio, annual, cap = held
        groups = b.get("groups", "").split()
        epidemic = "U00" <= b.get("diag", "")[:3] <= "U49" and "2026-03-01" <= b["date"] < "2026-05-01"
        if kind == "inpatient":
            left = F(STAY[b["insutype"]][b["level"]][0]) * (1 if y["stays"] == 0 else F(1, 2))
            y["stays"] += 1
        else:
            left = max(F(0), annual - y["used"].get(kind, F(0)))
        if epidemic or "destitute" in groups or "orphan" in groups:
            left = F(0)
        deductible = min(inside, left)
        if epidemic:
            ratio = min(F(1), ratio + F(EPIDEMIC_POINTS[b["level"]]))
        amount = part(inside - deductible, ratio)
        room = max(F(0), BASIC_CAP[b["insutype"]] - y["basic"])
        basic = min(amount, room)
        if cap is not None:
            basic = min(basic, max(F(0), cap - y["of"].get(kind, F(0))))
        own_cap = DISEASE_CAP.get(kind, {}).get(b["insutype"], {}).get(disease)
        if own_cap is not None:
            basic = min(basic, max(F(0), own_cap - y["of"].get((kind, disease), F(0))))
        own, more = inside - basic, F(0)
        if b["insutype"] == "390":
            limit = F(b.get("cap") or 300000)
            more = min(catastrophic(y["s"] + own) - catastrophic(y["s"]), max(F(0), limit - y["more"]))
            out["hifmi_pay"] = more
        elif kind == "inpatient":
            more = min(part(max(F(0), amount - room), "0.90"), max(F(0), 400000 - y["more"]))
            out["hifob_pay"] = more
        rest = own - more
        threshold = F(0)
        if any(g in AID for g in groups) and b.get("insured", "").startswith("5104"):
            threshold = min(rest, F(3000) - y["threshold"])
            y["threshold"] += threshold
        aid = min(part(rest - threshold, max([AID[g] for g in groups if g in AID] or ["0"], key=F)), max(F(0), 50000 - y["aid"]))
        rest -= aid
        order = ["civil_servant", "supplementary", "mutual_aid", "long_term_care"]
        if b.get("insured", "").startswith("5103"):
            order = ["civil_servant", "supplementary", "long_term_care", "mutual_aid"]
        for layer in order:
            if layer not in groups:
                continue
            ratio, most = LAYERS[layer]
            if ratio is None:
                days = 0
                if kind in ("inpatient", "maternity"):
                    days = (day(b["date"]) - day(b.get("begndate") or b["date"])).days + 1
                due = min(rest, F(CARE_A_DAY * days))
            else:
                due = part(rest, ratio)
            out[layer] = min(due, max(F(0), most - y["of"].get(layer, F(0))))
            rest -= out[layer]
            y["of"][layer] = y["of"].get(layer, F(0)) + out[layer]
        out.update(act_pay_dedc=deductible, hifp_pay=basic, maf_pay=aid)
        y["used"][kind] = y["used"].get(kind, F(0)) + deductible
        y["basic"] += basic
        for k in (kind, (kind, disease)):
            y["of"][k] = y["of"].get(k, F(0)) + basic
        y["s"] += own
        y["more"] += more
        y["aid"] += aid
    out = {k: text(v) for k, v in out.items()}
    out["psn_part_amt"] = text(whole - sum(F(v) for k, v in out.items() if k != "act_pay_dedc"))
    out["place"], out["category"] = place, kind
    out["inscp_scp_amt"] = text(inside)
    return out


BILLS = []


def bill(case, person, clause, note, insutype, med_type, level, on, scope="", **more):
    clause, _, also = clause.partition(" ")
    BILLS.append(dict(case=case, person=person, clause=clause, also=also, note=note, insutype=insutype, med_type=med_type, level=level, date=on, scope=scope, **more))


# 病种年度限额 and the caps of their kinds
bill("hypertension-1", "A1", "SC38-6.3", "居民高血压慢特病：1000×65%", "390", "14", "2", "2026-01-10", "1000.00", disease="M03900", registered="chronic@2025-12-20:M03900")
bill("hypertension-2", "A1", "SC38-6.3", "病种年度限额2000，已用650，余1350", "390", "14", "2", "2026-02-10", "4000.00", disease="M03900", registered="chronic@2025-12-20:M03900")
bill("hypertension-3", "A1", "SC38-6.3", "病种限额用完，自付仍计入大病累计", "390", "14", "2", "2026-03-10", "100.00", disease="M03900", registered="chronic@2025-12-20:M03900")
bill("diabetes", "A1", "SC38-6.3", "另一病种另有限额2500", "390", "14", "3", "2026-03-11", "6000.00", disease="M01600", registered="chronic@2025-12-20:M03900 chronic@2026-01-01:M01600")
bill("dialysis", "A1", "SC38-6.3", "没有病种限额的，以类别限额10000之余为限：10000−2000−2500", "390", "14", "3", "2026-04-11", "30000.00", disease="M07800", registered="chronic@2026-01-01:M07800")
bill("chronic-next-year", "A1", "SC38-6.3", "次年重新计", "390", "14", "1", "2027-01-05", "1000.00", disease="M03900", registered="chronic@2025-12-20:M03900")
bill("employee-hypertension", "A2", "SC38-6.3", "职工病种限额4000", "310", "14", "1", "2026-02-01", "6000.00", disease="M03900", registered="chronic@2026-01-01:M03900")
bill("employee-diabetes", "A2", "SC38-6.3", "职工病种限额5000", "310", "14", "2", "2026-02-02", "9000.00", disease="M01600", registered="chronic@2026-01-01:M01600")
bill("employee-chronic-cap", "A2", "SC38-6.3", "职工慢特病年度限额20000之余11000", "310", "14", "3", "2026-02-03", "30000.00", disease="M07800", registered="chronic@2026-01-01:M07800")
bill("retired-chronic", "A3", "SC38-6.3", "退休人员提高5个百分点", "310", "14", "3", "2026-02-03", "1000.00", disease="M07800", registered="chronic@2026-01-01:M07800", retired="true")
# 两病
bill("two-hypertension", "B1", "YA-4.6.1", "两病：高血压500×50%", "390", "11", "primary", "2026-02-01", "500.00", diag="I10.x00", registered="two_disease@2020-01-01:hypertension")
bill("two-hypertension-cap", "B1", "YA-4.6.1", "高血压年度限额300，余50", "390", "11", "1", "2026-03-01", "500.00", diag="I10.x00", registered="two_disease@2020-01-01:hypertension")
bill("two-diabetes", "B1", "YA-4.6.1", "糖尿病限额400，两病合计500，余200", "390", "11", "2", "2026-03-02", "900.00", diag="E11.900", registered="two_disease@2020-01-01:diabetes")
bill("two-diabetes-alone", "B2", "YA-4.6.1", "糖尿病年度限额400", "390", "11", "2", "2026-03-02", "900.00", diag="E11.900", registered="two_disease@2020-01-01:diabetes")
bill("two-not-approved", "B3", "YA-4.6.1", "未认定的按普通门诊", "390", "11", "1", "2026-03-02", "300.00", diag="I10.x00")
bill("two-employee", "B4", "YA-4.6.1", "职工没有两病待遇，按普通门诊：1000−200，60%", "310", "11", "1", "2026-03-02", "1000.00", diag="I10.x00", registered="two_disease@2020-01-01:hypertension")
bill("two-level3", "B5", "YA-4.6.1", "三级机构不付两病，居民普通门诊也不付", "390", "11", "3", "2026-03-02", "300.00", diag="I10.x00", registered="two_disease@2020-01-01:hypertension")
# 限价与乙类先行自付
bill("limit-piece", "C1", "SC38-7.1", "单价限额：(100−80)×3超限", "390", "11", "1", "2026-02-01", lines="med_list_codg=A list_type=101 chrgitm_lv=01 cnt=3 pric=100 pric_uplmt_amt=80 fee_ocur_time=2026-02-01")
bill("limit-day", "C2", "SC38-7.1", "同一项目一日限额30：20、10、0，次日30", "390", "11", "1", "2026-02-02", lines="; ".join(
    "med_list_codg=A list_type=201 chrgitm_lv=01 cnt=1 pric=%s day_uplmt_amt=30 fee_ocur_time=%s" % x for x in (("20", "2026-02-01"), ("20", "2026-02-01"), ("20", "2026-02-01"), ("40", "2026-02-02"))))
bill("limit-day-items", "C3", "SC38-7.1", "不同项目各有一日限额", "390", "11", "1", "2026-02-01", lines="; ".join(
    "med_list_codg=%s list_type=201 chrgitm_lv=01 cnt=1 pric=40 day_uplmt_amt=30 fee_ocur_time=2026-02-01" % x for x in "AB"))
bill("limit-both", "C4", "SC38-7.1", "先按单价限额10、一日限额30中超得多的，再按乙类20%先行自付", "390", "11", "1", "2026-02-01",
     lines="med_list_codg=A list_type=201 chrgitm_lv=02 selfpay_prop=0.2 cnt=5 pric=12 pric_uplmt_amt=10 day_uplmt_amt=30 fee_ocur_time=2026-02-01")
bill("first-catalogue", "C5", "YN-4.2 SC38-7.1", "目录先行自付10%", "390", "21", "2", "2026-02-05", lines="med_list_codg=A list_type=101 chrgitm_lv=02 selfpay_prop=0.10 cnt=1 pric=2000 fee_ocur_time=2026-02-05")
bill("first-place", "C6", "YN-4.2 SC38-7.1", "就医地药品先行自付15%，服务项目仍按目录10%", "390", "21", "2", "2026-02-05", treated="510704", registered="temporary@2026-01-20:510700", lines="; ".join(
    "med_list_codg=%s list_type=%s chrgitm_lv=02 selfpay_prop=0.10 cnt=1 pric=2000 fee_ocur_time=2026-02-05" % x for x in (("A", "101"), ("B", "201"))))
# 生育
bill("delivery", "D1", "YA-3.1.5", "居民住院分娩：4000×70%，不设起付线", "390", "52", "2", "2026-02-06", "4000.00", begndate="2026-02-03")
bill("delivery-cap", "D1", "YA-3.1.5", "生育年度限额3000，余200", "390", "51", "1", "2026-05-06", "900.00")
bill("delivery-no-admission", "D1", "YA-3.1.5 SC38-6.3", "分娩不计住院次数：其后首次住院仍是全额起付线", "390", "21", "2", "2026-07-06", "5000.00", begndate="2026-07-01")
bill("delivery-employee", "D2", "YA-3.1.5", "职工：5000×90%", "310", "52", "3", "2026-02-06", "5000.00", begndate="2026-02-03")
bill("delivery-employee-cap", "D3", "YA-3.1.5", "职工限额6000；超过部分没有大额补助", "310", "52", "3", "2026-02-06", "9000.00", begndate="2026-02-03")
bill("delivery-away", "D4", "YA-3.1.5", "省外未备案分娩，生育比例不降", "390", "52", "2", "2026-02-06", "3000.00", begndate="2026-02-03", treated="530102")
bill("delivery-care", "D5", "YA-4.1.1", "长期护理险4日，每日40", "390", "52", "2", "2026-02-06", "4000.00", begndate="2026-02-03", groups="long_term_care")
# 疫情
for case, person, on, note in (("before", "E1", "2026-02-28", "启用前一日：照常"), ("first", "E2", "2026-03-01", "启用当日：不设起付线，基层提高10个百分点"), ("last", "E3", "2026-04-30", "停用前一日"), ("after", "E4", "2026-05-01", "停用当日：照常")):
    bill("epidemic-" + case, person, "YA-3.1.4", note, "390", "21", "primary", on, "1000.00", diag="U07.100", begndate=on)
bill("epidemic-away", "E10", "YA-3.1.4", "异地未备案基层：90%−15+10", "390", "21", "primary", "2026-03-05", "1000.00", diag="U07.100", treated="530102")
bill("epidemic-level1", "E5", "YA-3.1.4", "一级机构提高5个百分点", "390", "21", "1", "2026-03-05", "1000.00", diag="U07.100")
bill("epidemic-level2", "E6", "YA-3.1.4", "二级机构不提高，仍不设起付线", "390", "21", "2", "2026-03-05", "1000.00", diag="U07.100")
bill("epidemic-full", "E7", "YA-3.1.4", "比例至多100%：职工基层95%+10", "310", "21", "primary", "2026-03-05", "1000.00", diag="U07.100")
bill("epidemic-other", "E8", "YA-3.1.4", "其他诊断照常", "390", "21", "primary", "2026-03-05", "1000.00", diag="J12.900")
bill("epidemic-discharged", "E9", "YA-3.1.4 SC38-6.2", "启用前入院、启用后出院：按出院日", "390", "21", "primary", "2026-03-04", "1000.00", diag="U07.100", begndate="2026-02-20")
# 异地
for case, person, level, place in (("referral-last", "F1", "3", "2026-06-29"), ("referral-over", "F2", "3", "2026-06-30")):
    bill(case, person, "SCE-7.2", "转诊备案180日", "390", "21", level, place, "10000.00", begndate=place, treated="530102", registered="referral@2026-01-01:530100")
for case, person, on in (("emergency-last", "F3", "2026-03-30"), ("emergency-over", "F4", "2026-03-31")):
    bill(case, person, "SCE-7.2", "急诊备案30日", "310", "21", "3", on, "10000.00", begndate=on, treated="530102", registered="emergency@2026-03-01:530000")
bill("emergency-stay", "F5", "SCE-7.2", "急诊转住院，未备案视同备案", "310", "24", "3", "2026-03-31", "10000.00", treated="530102")
bill("emergency-visit", "F6", "SCE-7.2", "省内急诊", "310", "13", "3", "2026-03-31", "1000.00", treated="510704")
bill("unregistered", "F7", "SCE-7.2", "省内未备案，降15个百分点", "310", "21", "3", "2026-03-31", "10000.00", treated="510704")
bill("elsewhere", "F8", "SCE-7.2", "长期居住备案没有期限；省内不降", "310", "21", "3", "2026-03-31", "10000.00", treated="510704", registered="elsewhere@2019-01-01:510704")
bill("temporary-last", "F9", "SCE-7.2", "临时外出备案180日，入院日在期内、出院日在期外", "390", "21", "2", "2026-07-05", "10000.00", begndate="2026-06-29", treated="530102", registered="temporary@2026-01-01:530102")
bill("temporary-elsewhere", "F10", "SCE-7.2", "备案的是另一个市", "390", "21", "2", "2026-02-05", "10000.00", treated="510704", registered="temporary@2026-01-01:510300")
bill("chronic-last", "G1", "SCE-7.2", "慢特病认定730日", "390", "14", "2", "2026-05-31", "100.00", disease="M07800", registered="chronic@2024-06-01:M07800")
bill("chronic-over", "G1", "SCE-7.2", "认定到期", "390", "14", "2", "2026-06-01", "100.00", disease="M07800", registered="chronic@2024-06-01:M07800")
bill("fixed-last", "G2", "SCE-7.2", "选定的是另一家机构，选定365日", "390", "14", "2", "2026-06-30", "100.00", disease="M07800", registered="chronic@2026-01-01:M07800 fixed@2025-07-01:H2")
bill("fixed-over", "G2", "SCE-7.2", "选定到期，任一机构可付", "390", "14", "2", "2026-07-01", "100.00", disease="M07800", registered="chronic@2026-01-01:M07800 fixed@2025-07-01:H2")
bill("fixed-here", "G2", "SCE-7.2", "选定的是本机构", "390", "14", "2", "2026-06-30", "100.00", disease="M07800", registered="chronic@2026-01-01:M07800 fixed@2025-07-01:H1")
# 附加层次
bill("civil-servant", "H1", "YA-4.1.2", "公务员补助：政策内自付的50%", "310", "21", "3", "2026-02-05", "10800.00", groups="civil_servant")
bill("civil-servant-cap", "H2", "YA-4.1.2", "公务员补助年度限额50000", "390", "21", "3", "2026-02-05", "900000.00", groups="civil_servant")
bill("layers-in-order", "H3", "YA-4.1.2 YA-4.1.1", "公务员50%、补充30%、互助20%、护理每日40，依次以所余为基数", "310", "21", "3", "2026-02-05", "10800.00", begndate="2026-02-01", groups="civil_servant supplementary mutual_aid long_term_care")
bill("layers-other-order", "H4", "YA-4.1.1 YN-4.2", "该市互助在护理之后：护理先付", "310", "21", "3", "2026-02-05", "10800.00", begndate="2026-02-01", insured="510304", treated="510304", groups="civil_servant supplementary mutual_aid long_term_care")
bill("supplementary-cap", "H5", "YA-4.1.2", "补充保险年度限额50000", "390", "21", "3", "2026-02-05", "900000.00", groups="supplementary")
bill("mutual-cap", "H6", "YA-4.1.2", "医疗互助年度限额20000", "390", "21", "3", "2026-02-05", "900000.00", groups="mutual_aid")
bill("care-days", "H7", "YA-4.1.1", "护理10日400元", "390", "21", "3", "2026-02-01", "20000.00", begndate="2026-01-23", groups="long_term_care")
bill("care-cap", "H7", "YA-4.1.1", "护理年度限额10000，余9600", "390", "21", "3", "2026-12-31", "90000.00", begndate="2026-03-01", groups="long_term_care")
bill("care-cap-year", "H8", "YA-4.1.1", "护理年度限额10000：366日", "390", "21", "3", "2027-01-01", "90000.00", begndate="2026-01-01", groups="long_term_care")
bill("care-outpatient", "H9", "YA-4.1.1", "门诊没有床日", "390", "11", "1", "2026-02-01", "100.00", groups="long_term_care")
bill("aid-then-layers", "H10", "YA-3.1.2 YA-4.1.2", "先救助70%，补充保险付其余的30%", "390", "21", "3", "2026-02-05", "10900.00", groups="subsistence supplementary")
# 大病
for group, person in (("destitute", "I1"), ("orphan", "I2"), ("poverty_monitored", "I3"), ("subsistence", "I4")):
    bill("no-relief-" + group, person, "YA-1.1", "脱贫攻坚期的大病倾斜已结束：起付线不减半、比例不提高", "390", "21", "3", "2026-02-05", "80000.00", groups=group)
bill("catastrophic-cap", "I5", "SCE-3.2", "大病年度封顶300000", "390", "21", "3", "2026-02-05", "900000.00")
bill("catastrophic-own-cap", "I6", "SCE-3.2", "个人封顶线304000", "390", "21", "3", "2026-02-05", "900000.00", cap="304000.00")
bill("large", "I7", "YA-3.1.1", "职工大额：超过400000的按90%", "310", "21", "3", "2026-02-05", "600000.00")
bill("large-cap", "I7", "YA-3.1.1", "大额年度限额400000", "310", "21", "3", "2026-03-05", "900000.00")
bill("large-nothing-left", "I7", "YA-3.1.1", "大额限额用完，不再支付", "310", "21", "3", "2026-04-05", "1000.00")
bill("large-then-aid", "I9", "YA-3.1.2 YA-3.1.1", "救助以大额补助之后的自付为基数", "310", "21", "3", "2026-02-05", "500000.00", groups="subsistence")
bill("aid-cap", "J2", "YA-3.1.2", "救助年度限额50000", "390", "21", "3", "2026-02-05", "900000.00", groups="destitute")
bill("aid-cap-used", "J2", "YA-3.1.2", "限额用完", "390", "21", "3", "2026-03-05", "1000.00", groups="destitute")
bill("threshold-not-aided", "J1", "YA-3.1.2", "该市救助起付标准3000；尚不是救助对象，不占用起付标准", "390", "21", "3", "2026-02-05", "10000.00", insured="510403", treated="510403")
bill("threshold-aided", "J1", "YA-3.1.2", "其后成为低保对象：先扣3000，其余的70%", "390", "21", "3", "2026-03-05", "10000.00", insured="510403", treated="510403", groups="subsistence")
bill("threshold-used", "J1", "YA-3.1.2", "起付标准一年一次", "390", "21", "3", "2026-04-05", "10000.00", insured="510403", treated="510403", groups="subsistence")
bill("retired", "I8", "SC38-6.3", "退休人员住院提高3个百分点；第二次住院起付线减半", "310", "21", "2", "2026-02-05", "5000.00", retired="true")
bill("retired-second", "I8", "SC38-6.3", "第二次", "310", "21", "2", "2026-03-05", "5000.00", retired="true")
bill("retired-third", "I8", "SC38-6.3", "第三次仍减半", "310", "21", "2", "2026-04-05", "5000.00", retired="true")

COLUMNS = ("case person clause also note insutype med_type level insured treated registered date begndate diag disease groups retired cap scope lines "
           "place category inscp_scp_amt act_pay_dedc hifp_pay hifmi_pay hifob_pay maf_pay civil_servant supplementary mutual_aid long_term_care psn_part_amt").split()


def main():
    w = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    w.writeheader()
    years = {}
    for b in BILLS:
        b.setdefault("insured", "510104")
        b.setdefault("treated", "510104")
        y = years.setdefault((b["person"], b["date"][:4], b["insutype"]), {"stays": 0, "used": {}, "of": {}, "basic": F(0), "s": F(0), "more": F(0), "aid": F(0), "threshold": F(0)})
        w.writerow({**b, **settle(y, b)})


if __name__ == "__main__":
    main()
