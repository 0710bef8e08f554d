package command

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"countersign/command/fault"
	"countersign/command/terminal"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryVariable is the environment variable that says how much memory a run may take.
const memoryVariable = "COUNTERSIGN_MEMORY_LIMIT"

// What a run may take. Where memory or a stack runs out, Go ends the program with exit code 2, which pipelines read as
// "there are changes". So the program ends itself before that.
const (
	memoryShare = 0.75      // of what there is, in the machine or in its container
	maxStacks   = 256 << 20 // bytes of all stacks together; nothing but a runaway recursion comes near
	watchEvery  = 20 * time.Millisecond
)

// watchMemory ends the program with a message, and exit code 1, when it takes too much memory. An apply under way is
// cut off, as by a second interrupt; the next run reads in its journal what it was doing.
func watchMemory(args []string) (stop func(), err error) {
	limit, err := memoryLimit(os.Getenv(memoryVariable))
	if err != nil {
		return nil, err
	}
	addresses := int64(math.MaxInt64)
	softly := limit
	if taken, most := addressSpace(); most < math.MaxInt64 {
		room := int64(float64(max(most-taken, 0)) * memoryShare)
		addresses, softly = taken+room, min(limit, room)
	}
	if softly < math.MaxInt64 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softly / 10 * 9) // the collector works harder before the limit is met
	}
	debug.SetMaxStack(math.MaxInt) // Go's own limit would be met first
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if why := overuse(limit, addresses); why != nil {
				terminal.BeforeExit.Lock()
				if terminal.BeforeExit.Do != nil {
					terminal.BeforeExit.Do()
				}
				os.Exit(complain(why, args))
			}
		}
	}()
	return func() { close(done) }, nil
}

// overuse is an error when the program takes too much memory, stack or address space.
func overuse(limit, addresses int64) error {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	taken, stacks := samples[0].Value.Uint64()-samples[1].Value.Uint64(), samples[2].Value.Uint64()
	const ends = "The run ends here, so that it is an error and no crash. An apply that was under way is settled by " +
		"the next run."
	switch {
	case stacks > maxStacks:
		return fault.New("Nested too deeply", "Something in the input is nested so deeply that working on it takes "+
			"%d MB of stack. %s That should have been an error with a place in the input: please report it.",
			stacks>>20, ends)
	case taken > uint64(limit):
		return fault.New("Too much memory", "The run takes %d MB of memory, and may take %d MB: three quarters of "+
			"what there is, or what %s says. %s "+
			"If all of the work is meant, set %[3]s higher, such as 8GB.", taken>>20, limit>>20, memoryVariable, ends)
	}
	if addresses < math.MaxInt64 {
		if taken, most := addressSpace(); taken > addresses {
			return fault.New("Too much memory", "The run takes %d MB of addresses, and may take %d MB (ulimit -v). %s",
				taken>>20, most>>20, ends)
		}
	}
	return nil
}

// memoryLimit is the limit in bytes: what was asked for, or a share of what the container or the machine has.
func memoryLimit(asked string) (int64, error) {
	if asked != "" {
		n, err := bytesOf(asked)
		if err != nil {
			return 0, fmt.Errorf("%s is %q: write how much memory a run may take, such as 2GB or 512MB", memoryVariable,
				asked)
		}
		return n, nil
	}
	least := uint64(math.MaxUint64)
	for _, from := range []memlimit.Provider{memlimit.FromCgroup, memlimit.FromSystem} {
		if n, err := from(); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	if least > math.MaxInt64 {
		return math.MaxInt64, nil // it is not known
	}
	return int64(float64(least) * memoryShare), nil
}

// bytesOf reads a number of bytes with its unit. KB is KiB: a thousand and 1,024 count as the same.
func bytesOf(text string) (int64, error) {
	number, shift := strings.ToUpper(strings.TrimSpace(text)), 0
	for i, unit := range []string{"K", "M", "G", "T"} {
		for _, suffix := range []string{unit + "IB", unit + "B", unit} {
			if n, found := strings.CutSuffix(number, suffix); found {
				number, shift = n, 10*(i+1)
				break
			}
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(number, "B")), 64)
	if n *= math.Pow(2, float64(shift)); err != nil || !(n >= 1<<20) || n >= math.MaxInt64 {
		return 0, strconv.ErrSyntax
	}
	return int64(n), nil
}
