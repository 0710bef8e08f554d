package command

import (
	"io"

	"github.com/urfave/cli/v2"

	"countersign/view"
)

// Plan shows what apply would change.
func Plan(c *cli.Context) (err error) {
	o, _, err := readOptions(c, 0, 0)
	if err != nil {
		return err
	}
	p, err := readPlanOptions(c)
	if err != nil {
		return err
	}
	r, err := newReports(view.OfPlan, o.noColor, p.json, p.jsonInto, c.StringSlice("report"))
	if err != nil {
		return err
	}
	defer finish(&err, r.close)
	if err := r.sideFiles.spares(o.named()...); err != nil {
		return r.fail(err)
	}

	var out *planFile
	if path := c.String("out"); path != "" {
		if out, err = newPlanFile(path, &r.sideFiles); err != nil {
			return r.fail(err)
		}
		defer finish(&err, out.drop)
	}
	s := newSession(c.Context, o)
	s.sideFiles = &r.sideFiles
	defer finish(&err, s.close)
	if err := r.watch(s, func() error { return s.observe(c.Context) }); err != nil {
		return r.fail(err)
	}
	plan, err := s.plan(c.Context, p.Options)
	if err != nil {
		return r.fail(err)
	}
	if out != nil {
		saved, err := s.saved(plan)
		if err == nil {
			err = out.keep(saved)
		}
		if err != nil {
			return r.fail(err)
		}
	}
	if err := r.tell(plan, view.Plan); err != nil {
		return err
	}
	if out != nil && r.people() {
		if _, err := io.WriteString(r.out, whereSaved(out.path)); err != nil {
			return err
		}
	}
	if err := r.planned(s, plan); err != nil {
		return err
	}
	if c.Bool("detailed-exitcode") && !plan.Empty() {
		return exit(exitChanges)
	}
	return nil
}
