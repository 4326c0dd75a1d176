package store

import "slices"

// GuardedTables gives the guarded tables with the columns of their keys and all that are sealed.
func GuardedTables() map[string][2][]string {
	all := map[string][2][]string{}
	for name, g := range guardedTables() {
		sealed := slices.Concat(g.key, g.columns)
		if g.version {
			sealed = append(sealed, "version")
		}
		all[name] = [2][]string{g.key, sealed}
	}
	return all
}
