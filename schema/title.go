package schema

import "countersign/schema/spelling"

// Title is a title in a scope. No two templates may share one, because people who raise an approval could not tell the
// two apart.
type Title struct {
	Scope int64
	Text  string // in the one form of package spelling
}

// TitleIn is a title in a scope.
func TitleIn(scope int64, title string) Title { return Title{scope, spelling.Form(title)} }
