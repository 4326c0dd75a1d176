// Package region holds the administrative divisions (行政区划) of the provinces that pool: province, prefecture, county,
// with their GB/T 2260 codes, their names, and their places on a tile-grid map.
//
// The facts are embedded (divisions.csv, tiles.csv); README.md says where they come from and as of when.
package region
