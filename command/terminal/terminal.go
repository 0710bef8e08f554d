// Package terminal deals with the person at the keyboard: what the standard streams are, questions and answers,
// interrupts. What is shown there is made in view.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"countersign/command/fault"
	"countersign/internal/parallel"
	"countersign/view/text"
)

// Terminal is where a command reads and writes: results to out, progress and diagnostics to err.
type Terminal struct {
	Out, Err           io.Writer
	OutStyle, ErrStyle text.Settings
}

// New looks at what the standard streams are.
func New(noColor bool) Terminal {
	return Terminal{Out: os.Stdout, Err: os.Stderr, OutStyle: style(os.Stdout, noColor),
		ErrStyle: style(os.Stderr, noColor)}
}

// style has colour and progress bars only where a person watches.
func style(f *os.File, noColor bool) text.Settings {
	if !term.IsTerminal(int(f.Fd())) {
		return text.Settings{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	simple := os.Getenv("TERM") == "dumb" || os.Getenv("CI") != ""
	return text.Settings{Color: !noColor && !simple && os.Getenv("NO_COLOR") == "", Terminal: !simple, Width: width}
}

// InputVariable is the environment variable that forbids questions, as -input=false does, by 0 or false.
const InputVariable = "COUNTERSIGN_INPUT"

// Askable says why nobody can be asked, nil when somebody can.
func Askable() error {
	if text := os.Getenv(InputVariable); text != "" {
		if yes, err := strconv.ParseBool(text); err == nil && !yes || strings.EqualFold(text, "no") {
			return fmt.Errorf("%s=%s forbids questions", InputVariable, text)
		}
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("standard input is not a terminal")
	}
	return nil
}

// Ask shows a question and reads one line from the person at the terminal; a secret is not echoed. The question
// goes to standard error, or to the controlling terminal when standard error is not one.
func Ask(ctx context.Context, question string, secret bool) (string, error) {
	if err := Askable(); err != nil {
		return "", err
	}
	in := int(os.Stdin.Fd())
	to := os.Stderr
	if !term.IsTerminal(int(to.Fd())) {
		tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0)
		if err != nil {
			return "", errors.New("standard error is not a terminal, so a question could not be seen")
		}
		defer tty.Close()
		to = tty
	}
	before, err := term.GetState(in)
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	restore := func() { _ = term.Restore(in, before) }
	BeforeExit.Lock()
	BeforeExit.Do = restore
	BeforeExit.Unlock()

	fmt.Fprint(to, question)
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		defer func() { answers <- a }()
		defer parallel.Caught(&a.err)
		if secret {
			var b []byte
			b, a.err = term.ReadPassword(in)
			a.text = string(b)
			fmt.Fprintln(to)
			return
		}
		a.text, a.err = lineOf(os.Stdin)
	}()
	select {
	case <-ctx.Done():
		restore()
		return "", fault.ErrInterrupted
	case a := <-answers:
		if errors.Is(a.err, io.EOF) {
			return "", errors.New("the terminal was closed instead of answering")
		}
		return strings.TrimRight(a.text, "\r\n"), a.err
	}
}

// stdin is read through one buffer, so that answers typed ahead are not lost between questions.
var stdin *bufio.Reader

func lineOf(f *os.File) (string, error) {
	if stdin == nil {
		stdin = bufio.NewReader(f)
	}
	text, err := stdin.ReadString('\n')
	if text != "" {
		err = nil
	}
	return text, err
}

// Question is what a person must answer with yes before something is done.
type Question struct {
	Text, Detail string
	Left         string // what is true without a yes, such as "Nothing was applied"
	Unasked      string // what to do where nobody can be asked
}

// Confirm asks for the word yes. Anything else is an error.
func (q Question) Confirm(ctx context.Context) error {
	answer, err := Ask(ctx, fmt.Sprintf("\n%s\n  %s\n  Only 'yes' will be accepted.\n\n  Enter a value: ", q.Text,
		strings.ReplaceAll(q.Detail, "\n", "\n  ")), false)
	switch {
	case err == fault.ErrInterrupted:
		return err
	case err != nil:
		return q.NobodyToAsk(err)
	case strings.TrimSpace(answer) != "yes":
		return fault.New(q.Left, "The answer was not yes.")
	}
	return nil
}

// NobodyToAsk is the error where nobody can be asked, and why.
func (q Question) NobodyToAsk(why error) error {
	return fault.New(q.Left+": nobody can be asked", "%s. %s.", fault.Sentence(why.Error()), q.Unasked)
}
