package office

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// MaskName (姓名脱敏) keeps the first and last character of a name, of two the first: 张*明, 李*.
//
// 依据: YA-4.10.2
func MaskName(name string) string {
	runes := []rune(name)
	switch len(runes) {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return string(runes[0]) + "*"
	}
	return string(runes[0]) + strings.Repeat("*", len(runes)-2) + string(runes[len(runes)-1])
}

// MaskNumber (证件号码脱敏) keeps the first three and the last four characters of an identity number, a telephone number
// or the like: 510***********1234. Of ten or fewer it keeps none, so that at least four stay hidden.
//
// 依据: YA-4.10.2
func MaskNumber(number string) string {
	const first, last, least = 3, 4, 11
	runes := []rune(number)
	if len(runes) < least {
		return strings.Repeat("*", len(runes))
	}
	return string(runes[:first]) + strings.Repeat("*", len(runes)-first-last) + string(runes[len(runes)-last:])
}

// secretFields are names of fields, or the ends of names, whose values are never written down.
func secretFields() []string {
	return []string{"password", "passphrase", "secret", "token", "cookie", "session", "salt", "phc", "dsn", "authorization", "credential",
		"private_key", "secret_key", "api_key", "key_file", "verification_code"}
}

// Names of fields that hold a person's name or number, whole or as the end of a longer name.
func nameFields() []string {
	return []string{"person_name", "psn_name", "patient_name", "contact_name"}
}

func numberFields() []string {
	return []string{"certno", "identity_number", "id_number", "phone", "mobile", "account_number", "psn_no", "card_number"}
}

// Taken is what stands in the log in the place of a secret.
const Taken = "[-]"

// Redact (脱敏) gives fields as they may be written down: secrets are taken out, names and numbers of persons masked. A
// field is known by its name, whole or after its last "_", ".", "-" or space, in whatever case. Doing it twice changes
// nothing. The fields given stay as they are.
//
// 依据: YA-4.10.2
func Redact(fields []Field) []Field {
	out := slices.Clone(fields)
	for i := range out {
		f := &out[i]
		f.Name, f.Value = valid(f.Name), valid(f.Value)
		name := plain(f.Name)
		switch {
		case f.Value == "":
		case named(name, secretFields()):
			f.Value = Taken
		case named(name, nameFields()):
			f.Value = MaskName(f.Value)
		case named(name, numberFields()):
			f.Value = MaskNumber(f.Value)
		}
	}
	return out
}

// plain is a name in small letters with one sign between words.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == ' ' {
			return '_'
		}
		return r
	}, strings.ToLower(name))
}

// named tells whether a plain name is in a list, whole or after its last sign between words.
func named(name string, list []string) bool {
	return slices.ContainsFunc(list, func(end string) bool {
		before, is := strings.CutSuffix(name, end)
		return is && (before == "" || strings.HasSuffix(before, "_"))
	})
}

func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, string(utf8.RuneError))
}
