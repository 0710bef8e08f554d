package config

import (
	"strings"
	"testing"

	"countersign/schema/config/configtest"
)

func TestFormat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"equals signs line up", "folder \"x\" {\nid=7\n   unmanaged =   \"report\"\n}",
			"folder \"x\" {\n  id        = 7\n  unmanaged = \"report\"\n}\n"},
		{"comments stay", "# 一\nlocals { # 二\na=1 // 三\n}\n", "# 一\nlocals { # 二\n  a = 1  // 三\n}\n"},
		{"lists", "locals {\nl=[1,2 ,\n3]\n}\n", "locals {\n  l = [1, 2,\n  3]\n}\n"},
		{"Chinese names", "locals {\n名=1\n长名字=2\n}\n", "locals {\n  名   = 1\n  长名字 = 2\n}\n"},
		{"line ends of Windows, byte order mark, blank ends", "\xef\xbb\xbf\r\n\r\nlocals {\r\na=1\r\n}\r\n\r\n\r\n",
			"locals {\r\n  a = 1\r\n}\r\n"},
		{"line ends that differ are as the first", "locals {\na=1\r\n}\r\n", "locals {\n  a = 1\n}\n"},
		{"blocks in blocks", "attachment \"a\" {\ndrive{}\ndingtalk {\nuser_id=\"u\"\n" +
			"link { conversation_id=\"c\" }\n}\n}\n",
			"attachment \"a\" {\n  drive {}\n  dingtalk {\n    user_id = \"u\"\n" +
				"    link { conversation_id = \"c\" }\n  }\n}\n"},
		{"attachments", manyAttachments, strings.TrimPrefix(manyAttachments, "\n")},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		got, diags := Format([]byte(test.in), "a.hcl")
		if len(diags) > 0 {
			t.Errorf("%s: %v", test.name, diags)
		}
		if string(got) != test.want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", test.name, got, test.want)
		}
		if again, _ := Format(got, "a.hcl"); string(again) != string(got) {
			t.Errorf("%s: formatting again gives\n%s", test.name, again)
		}
	}

	if got, diags := Format([]byte(`{"a":1}`), "a.hcl.json"); string(got) != `{"a":1}` || len(diags) > 0 {
		t.Errorf("JSON: %s %v", got, diags)
	}
	_, diags := Format([]byte("folder \"x\" {\n  id = = 7\n}\n"), "a.hcl")
	if len(diags) != 1 {
		t.Fatal(diags)
	}
	if got, want := configtest.Text(diags[0]), "a.hcl:2,8: Missing value\n  2 |   id = «=» 7\n  in folder \"x\"\n"+
		"  What stands here begins no value."; !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
}
