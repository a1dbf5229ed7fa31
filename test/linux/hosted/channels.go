// Goroutines, channels, a map under a lock, a nil pointer that is recovered from: what a Go program asks of its system.
package main

import (
	"fmt"
	"os"
	"sort"
	"sync"
)

func main() {
	var all sync.WaitGroup
	var lock sync.Mutex
	squares := map[string]int{}
	numbers := make(chan int, 4)
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			lock.Lock()
			squares[fmt.Sprint("k", i)] = i * i
			lock.Unlock()
			numbers <- i
		}(i)
	}
	go func() { all.Wait(); close(numbers) }()
	sum := 0
	for number := range numbers {
		sum += number
	}
	keys := []string{}
	for key := range squares {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	fmt.Println(sum, keys, squares["k7"], os.Args[1:])
	defer func() { fmt.Println("recovered", recover() != nil) }()
	var nothing *int
	*nothing = 1
}
