// Package counter (结算窗口) does what designated institutions ask for over the platform's interface: it registers visits, takes their fees, settles them and
// undoes that, each in one transaction of the store with its answer. What a message looks like is fsi's, what the funds pay is benefit's.
package counter
