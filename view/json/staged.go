package json

import (
	"countersign/schema"
	"countersign/view"
)

// Staged is what was staged: files, and drive.id or dingtalk.files and dingtalk.form_value; the other system is null.
// No newline ends it.
func Staged(st view.Stage) ([]byte, error) {
	type onDrive struct {
		ID int64 `json:"id"`
	}
	type inDingTalk struct {
		Files     []schema.StagedFile `json:"files"`
		FormValue string              `json:"form_value"`
	}
	doc := struct {
		FormatVersion string              `json:"format_version"`
		Files         []schema.SourceFile `json:"files"`
		Drive         *onDrive            `json:"drive"`
		DingTalk      *inDingTalk         `json:"dingtalk"`
	}{FormatVersion: "1.0", Files: full(st.Files)}
	if len(st.DingTalk) > 0 {
		doc.DingTalk = &inDingTalk{st.DingTalk, st.FormValue}
	} else {
		doc.Drive = &onDrive{st.DriveID}
	}
	return view.IndentedJSON(doc)
}
