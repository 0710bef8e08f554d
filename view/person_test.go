package view

import (
	"testing"

	"countersign/schema"
)

// A name cannot pass for two people, nor for somebody else.
func TestNamesThatFool(t *testing.T) {
	p := func(id int64, username, realname string) schema.Person {
		return schema.Person{ID: id, Username: username, Realname: realname}
	}
	for _, c := range []struct {
		people []schema.Person
		want   string
	}{
		{[]schema.Person{p(1, "zhang", "张三")}, "张三"},
		{[]schema.Person{p(1, "zhang", "")}, "zhang"},
		{[]schema.Person{p(1, "", "")}, "user 1"},
		{[]schema.Person{p(1, "zhang", "张三"), p(2, "zhang2", "张三")}, "张三 (zhang), 张三 (zhang2)"},
		{[]schema.Person{p(1, "", "张三"), p(2, "", "张三")}, "张三 (user 1), 张三 (user 2)"},
		{[]schema.Person{p(1, "z", "张三"), p(2, "z", "张三")}, "张三 (z) (user 1), 张三 (z) (user 2)"},
		{[]schema.Person{p(1, "", "li"), p(2, "li", "")}, "li (user 1), li (user 2)"},
		{[]schema.Person{p(1, "x", "张三, 李四")}, `"张三, 李四"`},
		{[]schema.Person{p(1, "x", "user 2"), p(2, "", "")}, `"user 2", user 2`},
		{[]schema.Person{p(1, "x", "张三 (zhang)")}, `"张三 (zhang)"`},
		{[]schema.Person{p(1, "x", "é"), p(2, "y", "e\u0301")}, "é (x), e\u0301 (y)"},
		{[]schema.Person{p(1, "x", "司马（财务）")}, "司马（财务）"},
	} {
		l := NewNames(nil, nil)
		for _, person := range c.people {
			l.Meet(person)
		}
		if got := l.List(c.people); got != c.want {
			t.Errorf("%v: got %s, want %s", c.people, got, c.want)
		}
	}
}
