package export_test

import (
	"fmt"
	"testing"

	"countersign/schema"
	"countersign/schema/export"
)

// Ten thousand templates on a thousand folders: all different, and ten that all folders have alike.
func BenchmarkRender(b *testing.B) {
	for name, title := range map[string]func(folder, n int64) string{
		"different": func(folder, n int64) string { return fmt.Sprintf("第%d类审批%d", n, folder) },
		"alike":     func(_, n int64) string { return fmt.Sprintf("第%d类审批", n) },
	} {
		w := export.World{Endpoint: "https://drive.example.com", Catalogue: catalogue}
		for f := range int64(1000) {
			p := export.Place{ID: f + 1, Kind: schema.ScopeFolder, Path: fmt.Sprint("部门", f), Checked: true}
			for k := range int64(10) {
				t := simple(title(f, k))
				t.Steps = append(t.Steps, schema.Step{Name: "终审", Rule: schema.RuleAtLeast, MinApprovals: 2,
					Approvers: []schema.Person{zhang, li}})
				p.Templates = append(p.Templates, attached(f*10+k+1, f+1, t))
			}
			w.Places = append(w.Places, p)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if doc := export.Render(w, export.Options{}); doc.Templates != 10000 {
					b.Fatal(doc.LeftOut)
				}
			}
		})
	}
}
