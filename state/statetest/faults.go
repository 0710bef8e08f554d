package statetest

import (
	"math/rand/v2"
	"sync"
)

// Fault is what happens to a call on its way to a server, or to the answer on its way back.
type Fault int

const (
	CallLost Fault = iota
	AnswerLost
	GivenUp   // it was carried out, and who stands between has given up waiting for the answer
	AnswerCut // half of it comes
	Repeated  // it is carried out twice, and the answer is that of the second time
	Late
	faults
)

// Faults choose by chance what goes wrong between a backend and its server, which is about half of all. What stands
// between the two, in the server's own protocol, does it.
type Faults struct {
	mu     sync.Mutex
	chance *rand.Rand
	most   int
	row    map[string]int // how many calls of a kind in a row have failed
}

// NewFaults depend on a seed. No more than most calls of one kind in a row fail, so that a client that tries again that
// often succeeds.
func NewFaults(seed uint64, most int) *Faults {
	return &Faults{chance: rand.New(rand.NewPCG(seed, 0)), most: most, row: map[string]int{}}
}

// Next says what happens to the next call of a kind; hit is false when nothing does.
func (f *Faults) Next(kind string) (fault Fault, hit bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault = Fault(f.chance.IntN(2 * int(faults)))
	if fault <= AnswerCut {
		if f.row[kind]++; f.row[kind] <= f.most {
			return fault, true
		}
		fault = faults
	}
	f.row[kind] = 0
	return fault, fault < faults
}
