// Package ci writes diagnostics, plans and drift for the hosts of code: GitHub's annotations, GitLab's numbers, and
// SARIF, which many read. It sends nothing.
package ci
