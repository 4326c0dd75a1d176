// Package desk is what the agencies do for insured persons and what these do themselves (经办服务): how they prove who they are, whom they let
// see their files, and how an objection is filed, answered and appealed against. It does no I/O.
//
// 依据: SCE-6.2
package desk
