// What a guarded call costs with gobreaker: its Execute around a function that does nothing, on a closed breaker.
package main

import (
	"fmt"
	"time"

	"github.com/sony/gobreaker"
)

func main() {
	breaker := gobreaker.NewCircuitBreaker(gobreaker.Settings{Name: "api"})
	const calls = 2000000
	work := func() (interface{}, error) { return 1, nil }
	for i := 0; i < calls/10; i++ {
		breaker.Execute(work)
	}
	start := time.Now()
	for i := 0; i < calls; i++ {
		breaker.Execute(work)
	}
	fmt.Printf("{\"call\": %f}\n", float64(time.Since(start).Nanoseconds())/calls)
}
