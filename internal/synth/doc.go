// Package synth makes up provinces (合成数据) to show and try the system with: the same options give the same figures on
// every machine, every row says that it is synthetic, and province-wide the figures equal the national bulletins'
// figures per head.
//
// Facts are population.csv (census) and national.csv (bulletins). Everything else is an assumption, and README.md lists
// them all: profile.csv, the numbers in assumptions.go, and what the seed draws. Years beyond the bulletins carry on with
// the growth of the nearest two years. The one exception is YaanReference, which is published and not synthetic.
package synth
