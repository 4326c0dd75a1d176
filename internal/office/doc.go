// Package office is who may do what, and who did: users and their rights by department and level, sign-in, approvals
// 经办→复核→审批, and the audit chain.
//
// It is pure: the time, random bytes and stored records are handed in. The documents name the departments and their
// duties (SC38-10.1, YN-6.1); which signatures a document needs and how long a password lasts they leave open, and what
// the project chose there says so in docs/office.md.
//
// 依据: SC38-1.1, SC38-10.1, SC38-11.3, YN-6.1, YA-4.10.2, YA-4.10.3
package office
