#!/usr/bin/env python3
"""The reference pack of docs/settlement.md once more, slowly and in another language, to check the program against.

Written from the rules and not from the Go code: fractions throughout, one dictionary per person, year and insurance. Reads
visits as lines of JSON from standard input and writes one answer a line, without texts: the amounts, "why" (a word or null),
the running year, what a cascade settled again, or the field that is refused.

    python3 settle.py < visits.ndjson > answers.ndjson
"""
import json
import sys
from datetime import date
from fractions import Fraction as F

INPATIENT = {  # level: (deductible, ratio)
    "390": {"primary": (100, "0.90"), "1": (200, "0.85"), "2": (400, "0.75"), "3": (800, "0.60")},
    "310": {"primary": (160, "0.95"), "1": (200, "0.92"), "2": (400, "0.89"), "3": (800, "0.85")},
}
OFF = {"local": F(0), "province": F(0), "outside": F("0.05"), "unregistered": F("0.20")}
ANNUAL_CAP = {"390": F(200000), "310": F(450000)}
AID = {"destitute": F(1), "orphan": F(1), "subsistence": F("0.75"), "poverty_monitored": F("0.60")}
CENT = F(1, 100)


class Refused(Exception):
    def __init__(self, field, later=None):
        self.field, self.later = field, later


def fen(x):
    """Half up to the fen; nothing here is negative."""
    return F((x * 100 + F(1, 2)).__floor__(), 100)


def part(x, ratio):
    return fen(x * ratio)


def text(x):
    cents = int(x * 100)
    sign = "-" if cents < 0 else ""
    return "%s%d.%02d" % (sign, abs(cents) // 100, abs(cents) % 100)


def catastrophic(s):
    paid = F(0)
    for low, high, ratio in ((15000, 65000, "0.60"), (65000, 115000, "0.65"), (115000, None, "0.75")):
        top = s if high is None else min(s, F(high))
        if top > low:
            paid += (top - low) * F(ratio)
    return fen(paid)


def new_year():
    return {"admissions": 0, "deductible": {}, "basic": F(0), "basic_of": {}, "s": F(0), "catastrophic": F(0), "aid": F(0)}


def line_scope(line):
    fee = fen(F(str(line["cnt"])) * F(str(line["pric"])))
    kind = line.get("chrgitm_lv")
    if kind not in ("01", "02"):
        return {"total": fee, "whole": fee, "over": F(0), "first": F(0), "scope": F(0)}
    over = F(0)
    if line.get("pric_uplmt_amt") is not None:
        over = fen(max(F(0), F(str(line["pric"])) - F(str(line["pric_uplmt_amt"]))) * F(str(line["cnt"])))
    first = part(fee - over, F(str(line["selfpay_prop"]))) if kind == "02" else F(0)
    return {"total": fee, "whole": F(0), "over": over, "first": first, "scope": fee - over - first}


def day(text):
    return date.fromisoformat(text[:10])


def scope(visit):
    names = {"total": "medfee_sumamt", "whole": "fulamt_ownpay_amt", "over": "overlmt_selfpay", "first": "preselfpay_amt", "scope": "inscp_scp_amt"}
    given = {k: F(visit.get(n) or "0") for k, n in names.items()}
    if visit.get("lines"):
        total = {k: F(0) for k in names}
        for line in visit["lines"]:
            for k, v in line_scope(line).items():
                total[k] += v
        if any(given.values()):
            for k in names:
                if given[k] != total[k]:
                    raise Refused(names[k])
        return total
    if given["total"] != given["whole"] + given["over"] + given["first"] + given["scope"]:
        raise Refused("medfee_sumamt")
    return given


def covered_scope(visit, sums):
    """What of the in-scope cost arose on covered days."""
    start = visit["person"]["covered_from"]
    begin = visit.get("begndate")
    if visit["category"] != "inpatient" or not begin or begin >= start:
        return sums["scope"]
    lines = visit.get("lines") or []
    if lines and all(l.get("fee_ocur_time") for l in lines):
        return sum((line_scope(l)["scope"] for l in lines if l["fee_ocur_time"][:10] >= start), F(0))
    days = (day(visit["date"]) - day(begin)).days + 1
    waited = (day(start) - day(begin)).days
    return fen(sums["scope"] * F(days - waited, days))


def kind(visit):
    """Ratio, deductible rule and cap of the visit's kind; None when the fund does not pay it."""
    ins, cat, level = visit["insutype"], visit["category"], visit["level"]
    employee, retired = ins == "310", bool(visit["person"].get("retired")) and ins == "310"
    if cat == "inpatient":
        deductible, ratio = INPATIENT[ins][level]
        ratio = F(ratio) + (F("0.03") if retired else 0) - OFF[visit["place"]]
        return min(ratio, F(1)), F(deductible), None
    if cat == "outpatient":
        if not employee:
            return (F("0.60"), F(0), F(200)) if level in ("primary", "1") else None
        ratio = F("0.50") if level == "3" else F("0.60")
        return min(ratio + (F("0.10") if retired else 0), F(1)), F(150 if retired else 200), F(2500 if retired else 2000)
    if cat == "chronic":
        return min(F("0.85") + (F("0.03") if retired else 0), F(1)) if employee else F("0.70"), F(0), F(20000)
    return None


def why(visit):
    start = visit["person"].get("covered_from")
    if not start:
        return "no_cover"
    if visit["date"] < start:
        return "waiting"
    if kind(visit) is None:
        return "not_paid"
    if visit["category"] == "chronic" and not visit.get("approved"):
        return "not_approved"
    return None


def settle(year, visit):
    """Settles a visit and changes the year; gives the amounts."""
    sums, person = scope(visit), visit["person"]
    out = {k: F(0) for k in ("act_pay_dedc", "hifp_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")}
    reason = why(visit)
    if reason is None:
        cat, ins = visit["category"], visit["insutype"]
        groups = [g for g in (person.get("groups") or []) if g in AID]
        ratio, full, own_cap = kind(visit)
        inscope = covered_scope(visit, sums)
        if cat == "inpatient":
            left = full * (F(1), F(1, 2), F(0))[min(year["admissions"], 2)]
            year["admissions"] += 1
        else:
            left = max(F(0), full - year["deductible"].get(cat, F(0)))
        if "destitute" in groups or "orphan" in groups:
            left = F(0)
        deductible = min(inscope, left)
        amount = part(inscope - deductible, ratio)
        room = max(F(0), ANNUAL_CAP[ins] - year["basic"])
        basic = min(amount, room)
        if own_cap is not None:
            basic = min(basic, max(F(0), own_cap - year["basic_of"].get(cat, F(0))))
        own = inscope - basic
        more = F(0)
        if ins == "390":
            limit = F(person["cap"]) if person.get("cap") is not None else F(300000)
            more = catastrophic(year["s"] + own) - catastrophic(year["s"])
            more = min(more, max(F(0), limit - year["catastrophic"]))
            out["hifmi_pay"] = more
        elif cat == "inpatient":
            more = min(part(max(F(0), amount - room), F("0.90")), max(F(0), F(400000) - year["catastrophic"]))
            out["hifob_pay"] = more
        aid = F(0)
        if groups:
            aid = min(part(own - more, max(AID[g] for g in groups)), max(F(0), F(50000) - year["aid"]))
        out["act_pay_dedc"], out["hifp_pay"], out["maf_pay"] = deductible, basic, aid
        year["deductible"][cat] = year["deductible"].get(cat, F(0)) + deductible
        year["basic"] += basic
        year["basic_of"][cat] = year["basic_of"].get(cat, F(0)) + basic
        year["s"] += own
        year["catastrophic"] += more
        year["aid"] += aid
    out["fund_pay_sumamt"] = out["hifp_pay"] + out["hifmi_pay"] + out["hifob_pay"] + out["maf_pay"] + out["oth_pay"]
    out["psn_part_amt"] = sums["total"] - out["fund_pay_sumamt"]
    used = bool(visit.get("acct_used"))
    out["acct_pay"] = min(F(person.get("account") or "0"), out["psn_part_amt"]) if used else F(0)
    out["acct_mulaid_pay"] = min(F(person.get("mulaid") or "0"), out["psn_part_amt"] - out["acct_pay"]) if used else F(0)
    out["psn_cash_pay"] = out["psn_part_amt"] - out["acct_pay"] - out["acct_mulaid_pay"]
    return out, reason


def ytd(year):
    return {"admissions": year["admissions"], "basic": text(year["basic"]), "s": text(year["s"]), "catastrophic": text(year["catastrophic"]), "aid": text(year["aid"])}


def shown(msgid, amounts, reason, year):
    out = {"msgid": msgid}
    out.update({k: text(v) for k, v in amounts.items()})
    out["why"], out["ytd"] = reason, year
    return out


class Books:
    def __init__(self):
        self.lists, self.entries, self.reversals, self.years = {}, {}, {}, {}

    def key(self, visit):
        return visit["person"]["id"], visit["date"][:4], visit["insutype"]

    def replay(self, key, until=None):
        """The year as the living settlements make it, from nothing."""
        year = new_year()
        for e in self.lists.get(key, []):
            if e is until:
                break
            if e["alive"]:
                settle(year, e["visit"])
        return year

    def visit(self, visit):
        msgid = visit["msgid"]
        if msgid in self.entries and self.entries[msgid]["visit"] == visit:
            return self.entries[msgid]["answer"]
        scope(visit)
        if msgid in self.entries or msgid in self.reversals:
            raise Refused("msgid")
        key = self.key(visit)
        year = self.years.setdefault(key, new_year())
        amounts, reason = settle(year, visit)
        answer = shown(msgid, amounts, reason, ytd(year))
        e = {"visit": visit, "amounts": amounts, "why": reason, "alive": True, "answer": answer}
        self.lists.setdefault(key, []).append(e)
        self.entries[msgid] = e
        return answer

    def reverse(self, ask):
        msgid, of = ask["msgid"], ask["reverse"]
        if msgid in self.reversals and self.reversals[msgid]["ask"] == ask:
            return self.reversals[msgid]["answer"]
        if msgid in self.entries or msgid in self.reversals:
            raise Refused("msgid")
        if of not in self.entries or not self.entries[of]["alive"]:
            raise Refused("reverse")
        e = self.entries[of]
        key = self.key(e["visit"])
        living = [x for x in self.lists[key] if x["alive"]]
        later = [x for x in living[living.index(e) + 1:] if x["why"] is None] if e["why"] is None else []
        if later and not ask.get("cascade"):
            raise Refused("reverse", [x["visit"]["msgid"] for x in later])
        mirror = {k: -v for k, v in e["amounts"].items()}
        e["alive"] = False
        again = []
        for x in later:
            year = self.replay(key, x)
            x["amounts"], _ = settle(year, x["visit"])
            again.append(shown(x["visit"]["msgid"], x["amounts"], None, ytd(year)))
        self.years[key] = self.replay(key)
        answer = shown(msgid, mirror, None, ytd(self.years[key]))
        if ask.get("cascade"):
            answer["resettled"] = again
        self.reversals[msgid] = {"ask": ask, "answer": answer}
        return answer

    def line(self, ask):
        try:
            return self.reverse(ask) if "reverse" in ask else self.visit(ask)
        except Refused as r:
            out = {"msgid": ask["msgid"], "refused": r.field}
            if r.later is not None:
                out["later"] = r.later
            return out


def main():
    books = Books()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(books.line(json.loads(line)), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
