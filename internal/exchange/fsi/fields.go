package fsi

import (
	_ "embed" // the list of fields
	"strconv"
	"strings"
	"sync"
)

// Kind (数据类型) is what a field holds.
type Kind byte

// The kinds, by the letters of fields.tsv.
const (
	Text     Kind = 's' // 字符型
	Number   Kind = 'n' // 数值型: a decimal
	Date     Kind = 'd' // 日期型: yyyy-MM-dd
	Time     Kind = 't' // 日期时间型: yyyy-MM-dd HH:mm:ss
	Extended Kind = 'x' // 扩展参数: anything, which is not read
	Binary   Kind = 'b' // 字节: a file, in base64 or as a list of numbers
)

// Field (字段) is a line of the list. Size is how many characters a text may have, or digits a number, of which Places behind the point.
type Field struct {
	Name         string
	Kind         Kind
	Size, Places int
	Required     bool
}

// Node (节点) is an object of a message, or a list of them where Many. One without a name is the output itself. Also is what some programs call it, within another node where it has a dot.
type Node struct {
	Name   string
	Also   string
	Maybe  bool // a list that may be left out
	Many   bool
	Fields []Field
}

// Transaction (交易) is a call by its number, with the nodes of what is sent and of what is answered.
//
// 依据: YA-4.8.2
type Transaction struct {
	Number  string
	In, Out []Node
}

//go:embed fields.tsv
var fieldList string

// longestText is how many characters a text may have that the list gives no size.
const longestText = 200

var transactions = sync.OnceValue(func() map[string]*Transaction {
	out := map[string]*Transaction{}
	for line := range strings.Lines(fieldList) {
		at := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(at) != 8 || at[0] == "transaction" {
			continue
		}
		t, ok := out[at[0]]
		if !ok {
			t = &Transaction{Number: at[0]}
			out[at[0]] = t
		}
		nodes := &t.In
		if at[1] == "out" {
			nodes = &t.Out
		}
		name, also, _ := strings.Cut(strings.TrimPrefix(at[2], "-"), "|")
		if n := len(*nodes); n == 0 || (*nodes)[n-1].Name != name {
			*nodes = append(*nodes, Node{Name: name, Also: also, Many: at[3] != "-", Maybe: at[3] == "?"})
		}
		node := &(*nodes)[len(*nodes)-1]
		node.Fields = append(node.Fields, fieldOf(at[4], at[5][0], at[6], at[7] == "!"))
	}
	return out
})

func fieldOf(name string, kind byte, size string, required bool) Field {
	f := Field{Name: name, Kind: Kind(kind), Size: longestText, Required: required}
	whole, places, _ := strings.Cut(size, ",")
	if n, err := strconv.Atoi(whole); err == nil {
		f.Size = n
	}
	f.Places, _ = strconv.Atoi(places) // none is none
	return f
}

// Lookup (查找交易) finds a transaction that is in the list by its number.
func Lookup(number string) (*Transaction, bool) {
	t, ok := transactions()[number]
	return t, ok
}
