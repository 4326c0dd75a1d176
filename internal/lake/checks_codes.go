package lake

import (
	"context"
	"database/sql"
	"strings"

	"tongchou/internal/money"
	"tongchou/internal/region"
)

// shownValues is how many of the codes not known a finding names.
const shownValues = 10

// codeCheck is a column of codes: its list, whether it may be absent, and the expression that gives the code.
type codeCheck struct {
	column, code string
	optional     bool
	known        func(code string) bool
}

// codeChecks lists the columns of codes: insurance, type, level, sex, payment, settlement, divisions.
func (c *checks) codeChecks() []codeCheck {
	listed := func(codes string) func(string) bool {
		all := map[string]bool{}
		for _, code := range strings.Fields(codes) {
			all[code] = true
		}
		return func(code string) bool { return all[code] }
	}
	return []codeCheck{
		{"insutype", "insutype", false, listed(insuranceCodes)},
		{"med_type", "SUBSTR(med_type, 1, 2)", false, listed(medTypeCodes)},
		{"hosp_lv", "hosp_lv", true, listed(levelCodes)},
		{"gend", "gend", false, listed(sexCodes)},
		{"hi_paymtd", "hi_paymtd", true, listed(payCodes)},
		{"setl_type", "setl_type", true, listed(settledByCodes)},
		{"insuplc_admdvs", "insuplc_admdvs", false, c.insuredAt},
		{"mdtrtarea_admvs", "mdtrtarea_admvs", false, c.treatedAt},
	}
}

// insuredAt tells whether a division has a pooling area.
func (c *checks) insuredAt(code string) bool {
	_, ok := c.places.city([]byte(code))
	return ok
}

// treatedAt tells whether a division is known; of provinces that are not in the tables only the form is.
func (c *checks) treatedAt(text string) bool {
	code, err := region.Parse(text)
	if err != nil {
		return false
	}
	if _, ours := c.places.tree.Get(code.Province()); !ours {
		return true
	}
	return c.insuredAt(text)
}

// codesSQL gives every code of a column with its rows, by pooling area.
func codesSQL(code string) string {
	return "SELECT city, " + code + " AS code, COUNT(*) AS found, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost FROM claims GROUP BY city, " + code +
		` ORDER BY city, ` + code + ` COLLATE "C" NULLS FIRST`
}

// codes looks for codes that no list has. Each area and column has one finding that names the first of them.
func (c *checks) codes(ctx context.Context) error {
	for _, check := range c.codeChecks() {
		c.begin(CheckCode)
		found, unknown := []*Finding{}, map[string][]sql.NullString{}
		err := query(ctx, c.q, codesSQL(check.code), func(rows *sql.Rows) error {
			var city string
			var code sql.NullString
			var count, cost int64
			if err := rows.Scan(&city, &code, &count, &cost); err != nil {
				return err
			}
			if code.Valid && check.known(code.String) || !code.Valid && check.optional {
				return nil
			}
			if unknown[city] == nil {
				found = append(found, &Finding{Kind: CheckCode, Division: region.Code(city), Column: check.column})
			}
			f := found[len(found)-1]
			f.Count, f.Cost = f.Count+count, f.Cost+money.Fen(cost)
			unknown[city] = append(unknown[city], code)
			return nil
		})
		if err != nil {
			return err
		}
		for _, f := range found {
			city := string(f.Division)
			values, condition := unknownCodes(check.code, unknown[city])
			f.Rows = foundSQL("SELECT * FROM claims", inCity(city)+" AND "+condition)
			f.Message = CheckCode.message("division", f.Division, "column", check.column, "values", values, "count", f.Count)
			c.find(*f)
		}
	}
	return nil
}

// unknownCodes names codes and writes the condition that rows have one of the first of them.
func unknownCodes(expression string, codes []sql.NullString) (values []string, condition string) {
	var conditions []string
	for _, code := range codes[:min(len(codes), shownValues)] {
		if code.Valid {
			shown := code.String
			if runes := []rune(shown); len(runes) > longestCell {
				shown = string(runes[:longestCell])
			}
			values, conditions = append(values, shown), append(conditions, expression+" = "+quoted(code.String))
		} else {
			values, conditions = append(values, "-"), append(conditions, expression+" IS NULL")
		}
	}
	return values, "(" + strings.Join(conditions, " OR ") + ")"
}
