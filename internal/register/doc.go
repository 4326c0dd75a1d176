// Package register (备案与认定) is what is registered of a person besides his cover: care away from home, approvals of chronic diseases and of the two diseases, and
// the institutions they are treated at. It says who may apply, approve and withdraw, on which days a registration counts, and what it does to a visit.
//
// 依据: SCE-7.2
package register
