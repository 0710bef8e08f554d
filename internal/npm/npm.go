// Package npm installs npm packages for tests that compare the program with them. The program contains none of them.
package npm

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Install installs what package.json and package-lock.json of a folder ask for where the user's caches are, once for
// each lock file, and returns the folder node_modules. The first time it needs npm and npm's registry.
func Install(folder string) (modules string, err error) {
	wanted := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json"} {
		if wanted[name], err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return "", err
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(wanted["package-lock.json"])
	dir := filepath.Join(cache, "countersign-test", fmt.Sprintf("node-%x", sum[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(dir, "lock")) // tests of another checkout may install at the same time
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer lock.Unlock()
	modules = filepath.Join(dir, "node_modules")
	whole := filepath.Join(dir, "installed")
	if _, err := os.Stat(whole); err == nil {
		return modules, nil
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return "", fmt.Errorf("%w: install Node 18 or later with npm (Debian: apt-get install nodejs npm)", err)
	}
	for name, content := range wanted {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return "", err
		}
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci in %s: %w; can npm's registry be reached?\n%s", dir, err, out)
	}
	return modules, os.WriteFile(whole, nil, 0o644)
}
