package web

import "strconv"

const (
	// mostNear is how many pages are linked on either side of the one that is shown.
	mostNear = 5
	// mostTableRows is how many rows of a table a page shows.
	mostTableRows = 1000
)

// cut takes the page that is asked for out of n rows: from where to where it reaches, and links to the pages near it, the first and the last; no links where
// there is but one page.
func cut(n, per int, asked string, path func(page string) string) (from, to int, pages []pickView) {
	last := max(1, (n+per-1)/per)
	page, err := strconv.Atoi(asked)
	if page = min(max(page, 1), last); err != nil {
		page = 1
	}
	for k := 1; k <= last && last > 1; k++ {
		if k == 1 || k == last || k >= page-mostNear && k <= page+mostNear {
			pages = append(pages, pickView{strconv.Itoa(k), path(strconv.Itoa(k)), k == page})
		}
	}
	return (page - 1) * per, min(page*per, n), pages
}

// tablePage is the part of a table that a page shows, with links to the others. What a table adds up to stands on its last page.
func (f *frame) tablePage(t ledgerTable) ([]ledgerRow, []pickView) {
	name := "page-" + t.ID
	from, to, pages := cut(len(t.Rows), mostTableRows, f.seen.Get(name), func(page string) string { return string(f.here(name, page)) + "#" + t.ID })
	return t.Rows[from:to], pages
}
