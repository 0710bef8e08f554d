package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"countersign/schema"
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

// BenchmarkLoad reads and parses template blocks, without giving them values. kept-MB is what the configuration holds.
func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "world.hcl")
	if err := os.WriteFile(path, []byte(configtest.WorldBlocks(10000)), 0o600); err != nil {
		b.Fatal(err)
	}
	before := heap()
	var source *Source
	b.ReportAllocs()
	for b.Loop() {
		var diags schema.Diagnostics
		if source, diags = Load(path); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
	b.ReportMetric((heap()-before)/1e6, "kept-MB")
	runtime.KeepAlive(source)
}

// heap is how many bytes are in use.
func heap() float64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}
