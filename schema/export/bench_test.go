package export_test

import (
	"fmt"
	"testing"

	"countersign/schema"
	"countersign/schema/export"
)

// Ten thousand templates on a thousand folders.
func BenchmarkRender(b *testing.B) {
	w := export.World{Endpoint: "https://drive.example.com", Catalogue: catalogue}
	for f := range int64(1000) {
		p := export.Place{ID: f + 1, Kind: schema.ScopeFolder, Path: fmt.Sprint("部门", f), Checked: true}
		for k := range int64(10) {
			t := simple(fmt.Sprintf("第%d类审批%d", k, f))
			t.Steps = append(t.Steps, schema.Step{Name: "终审", Rule: schema.RuleAtLeast, MinApprovals: 2, Approvers: []schema.Person{zhang, li}})
			p.Templates = append(p.Templates, attached(f*10+k+1, f+1, t))
		}
		w.Places = append(w.Places, p)
	}
	for b.Loop() {
		if doc := export.Render(w, export.Options{}); doc.Templates != 10000 {
			b.Fatal(doc.LeftOut)
		}
	}
}
