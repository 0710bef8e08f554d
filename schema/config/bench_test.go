package config

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/schema/config/configtest"
)

func benchmark(b *testing.B, world func(int) string) {
	for _, n := range []int{1000, 10000} {
		dir := b.TempDir()
		path := filepath.Join(dir, "world.hcl")
		for name, text := range map[string]string{path: world(n),
			filepath.Join(dir, "rows.csv"): configtest.WorldRows(n)} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		source, diags := Load(path)
		if diags.HasErrors() {
			b.Fatal(diags)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				config, diags := source.Evaluate(Inputs{}, nil)
				if diags.HasErrors() || len(config.Declaration.Templates) != n {
					b.Fatal(len(config.Declaration.Templates), diags)
				}
			}
		})
	}
}

func BenchmarkEvaluateBlocks(b *testing.B)  { benchmark(b, configtest.WorldBlocks) }
func BenchmarkEvaluateForEach(b *testing.B) { benchmark(b, configtest.WorldForEach) }

// BenchmarkLoad reads and parses template blocks, without giving them values.
func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "world.hcl")
	if err := os.WriteFile(path, []byte(configtest.WorldBlocks(10000)), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Load(path); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}
