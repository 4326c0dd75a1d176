package counter

import (
	"errors"

	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// wireClause is what refusals of messages cite.
const wireClause = "YA-4.8.2"

// refused refuses a message for one of its fields.
func refused(field, value, key string, args ...any) *fault.Refusal {
	return fault.Refuse(fault.Problem{Column: field, Value: value, Clause: wireClause, Message: fault.Msg(key, append(args, "field", field, "value", value)...)})
}

// messageOf is what an answer says of an error.
func messageOf(err error) fault.Message {
	var refusal *fault.Refusal
	var said *fault.Error
	switch {
	case errors.As(err, &refusal):
		return refusal.Problems[0].Message
	case errors.Is(err, office.ErrStale):
		return fault.Msg("fsi.busy")
	case errors.As(err, &said) && said.Kind != fault.Internal:
		return said.Message
	}
	return fault.Msg("fsi.failed")
}
