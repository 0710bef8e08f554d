// Package viewtest has what the tests of view and of its forms share: plans of each kind of change, texts that mean
// harm, and files to compare with. It imports no form, so that each of them can import it.
package viewtest
