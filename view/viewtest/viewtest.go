// Package viewtest has what the tests of view's forms share: plans of each kind of change, texts that are meant to
// deceive, and golden files. It imports no form, so that each of them can import it.
package viewtest
