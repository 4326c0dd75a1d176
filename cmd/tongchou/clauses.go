package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/policy"
)

func (a *app) clausesCommand() *cobra.Command {
	var gaps bool
	c := &cobra.Command{Use: "clauses", Short: a.p.T("cli.clauses.short"), Args: a.noArgs}
	asJSON := a.jsonFlag(c)
	c.Flags().BoolVar(&gaps, "gaps", false, a.p.T("cli.flag.gaps"))
	c.RunE = func(*cobra.Command, []string) error {
		engine, err := a.engine()
		if err != nil {
			return err
		}
		coverage, err := policy.LoadCoverage(a.policyFiles())
		if err != nil {
			return err
		}
		if *asJSON {
			return exchange.WriteJSON(a.out, a.coverageJSON(engine.Library, coverage))
		}
		return a.printCoverage(engine.Library, coverage, gaps)
	}
	return c
}

func (a *app) coverageJSON(library *policy.Library, coverage policy.Coverage) any {
	type clauseJSON struct {
		ID         policy.ClauseID `json:"id"`
		Place      string          `json:"place"`
		Room       string          `json:"room"`
		Text       string          `json:"text"`
		Parameters []string        `json:"parameters"`
		Code       []string        `json:"code"`
		Tests      []string        `json:"tests"`
		Carried    bool            `json:"carried"`
	}
	rows := []clauseJSON{}
	for _, clause := range library.Obligations() {
		c := coverage.Clauses[clause.ID]
		row := clauseJSON{clause.ID, clause.Place, clause.Room, clause.Text.In(string(a.p.Lang)), []string{}, []string{}, []string{}, !c.Empty()}
		row.Parameters = append(row.Parameters, c.Parameters...)
		row.Code = append(row.Code, c.Code...)
		row.Tests = append(row.Tests, c.Tests...)
		rows = append(rows, row)
	}
	return map[string]any{"commit": coverage.Commit, "clauses": rows}
}

func (a *app) printCoverage(library *policy.Library, coverage policy.Coverage, gaps bool) error {
	all, open := library.Obligations(), library.Uncarried(coverage)
	if err := a.say("cli.clauses.commit", "commit", coverage.Commit); err != nil {
		return err
	}
	if gaps {
		all = open
	}
	for _, clause := range all {
		if _, err := fmt.Fprintf(a.out, "%s  %s  %s\n", clause.ID, clause.Room, clause.Text.In(string(a.p.Lang))); err != nil {
			return err
		}
		c := coverage.Clauses[clause.ID]
		if c.Empty() {
			if err := a.say("cli.clauses.none_line"); err != nil {
				return err
			}
			continue
		}
		for _, line := range []struct {
			key   string
			items []string
		}{{"parameters", c.Parameters}, {"code", c.Code}, {"tests", c.Tests}} {
			if len(line.items) == 0 {
				continue
			}
			if _, err := fmt.Fprintf(a.out, "    %s  %s\n", a.p.T("figure."+line.key), strings.Join(line.items, " ")); err != nil {
				return err
			}
		}
	}
	return a.say("cli.clauses.summary", "all", len(library.Obligations()), "carried", len(library.Obligations())-len(open), "open", len(open))
}
