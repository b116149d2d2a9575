"""One program for each language that is compiled or interpreted by a command, and one with an error.

The program doubles every number of its input, and with some of them does something else besides.
"""

from __future__ import annotations

CRASH, EXIT, LOOP, FLOOD, MEMORY, OVERFLOW, DEEP = range(91, 98)
"""The numbers that make it die, exit with 3, run forever, print forever, take all memory, recurse
without end, or recurse 300,000 deep and print that."""

LANGUAGES = ("c", "cpp", "javascript", "typescript", "java", "go", "rust", "bash")

C = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int f(volatile int n) { volatile int a[4]; a[n & 3] = n; return n ? f(a[n & 3] - 1) + 1 : 0; }
int main(void) {
    long n;
    while (scanf("%ld", &n) == 1) {
        printf("%ld\n", 2 * n);
        fflush(stdout);
        switch (n) {
            case 91: *(volatile int *)0 = 1;
            case 92: return 3;
            case 93: for (volatile int i = 0;; i++);
            case 94: for (;;) puts("01234567890123456789012345678901234567890123456789");
            case 95: for (;;) memset(malloc(1 << 24), 1, 1 << 24);
            case 96: return f(-1);
            case 97: printf("%d\n", f(300000));
        }
    }
}
"""

CPP = r"""
#include <iostream>
#include <vector>
int f(volatile int n) { volatile int a[4]; a[n & 3] = n; return n ? f(a[n & 3] - 1) + 1 : 0; }
int main() {
    std::vector<std::vector<char>> all;
    for (long n; std::cin >> n;) {
        std::cout << 2 * n << std::endl;
        switch (n) {
            case 91: throw n;
            case 92: return 3;
            case 93: for (volatile int i = 0;; i = i + 1);
            case 94: for (;;) std::cout << "01234567890123456789012345678901234567890123456789\n";
            case 95: for (;;) all.emplace_back(1 << 24, 1);
            case 96: return f(-1);
            case 97: std::cout << f(300000) << '\n';
        }
    }
}
"""

JAVASCRIPT = r"""
const f = (n) => (n ? f(n - 1) + 1 : 0);
const all = [];
for (const word of require("fs").readFileSync(0, "utf8").split(/\s+/).filter(Boolean)) {
    const n = Number(word);
    console.log(2 * n);
    if (n === 91) throw new Error("oh");
    if (n === 92) process.exit(3);
    while (n === 93);
    while (n === 94) console.log("0123456789".repeat(1000));
    while (n === 95) all.push(new Array(1e5).fill(1.5));
    if (n === 96) f(-1);
    if (n === 97) console.log(f(300000));
}
"""

TYPESCRIPT = r"""
import * as fs from "fs";
enum Way { Crash = 91, Exit, Loop, Flood, Memory, Overflow, Deep }
class Double { constructor(private readonly half: number) {} get value(): number { return 2 * this.half; } }
function f<T extends number>(n: T): number { return n ? f(n - 1) + 1 : 0; }
const all: number[][] = [];
for (const word of fs.readFileSync(0, "utf8").split(/\s+/).filter(Boolean) as string[]) {
    const n: number = Number(word);
    console.log(new Double(n).value);
    if (n === Way.Crash) throw new Error("oh");
    if (n === Way.Exit) process.exit(3);
    while (n === Way.Loop);
    while (n === Way.Flood) console.log("0123456789".repeat(1000));
    while (n === Way.Memory) all.push(new Array<number>(1e5).fill(1.5));
    if (n === Way.Overflow) f(-1);
    if (n === Way.Deep) console.log(f(300000)!);
}
"""

JAVA = r"""
import java.util.*;
public class Solution {
    static int f(int n) { return n == 0 ? 0 : f(n - 1) + 1; }
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        List<long[]> all = new ArrayList<>();
        while (in.hasNextInt()) {
            int n = in.nextInt();
            System.out.println(2 * n);
            if (n == 91) throw new IllegalStateException();
            if (n == 92) System.exit(3);
            while (n == 93);
            String s = "0123456789".repeat(1000);
            while (n == 94) System.out.println(s);
            while (n == 95) all.add(new long[1 << 20]);
            if (n == 96) f(-1);
            if (n == 97) System.out.println(f(300000));
        }
    }
}
"""

GO = r"""
package main

import ("fmt"; "os"; "strings")

func f(n int) int { var a [40]int; a[n&31] = n; if n == 0 { return 0 }; return f(a[n&31]-1) + 1 }

func main() {
    var n int
    var all [][]int
    for {
        if _, e := fmt.Scan(&n); e != nil { return }
        fmt.Println(2 * n)
        s := strings.Repeat("x", 10000)
        if n == 91 { var p *int; *p = n }
        if n == 92 { os.Exit(3) }
        for n == 93 { }
        for n == 94 { fmt.Println(s) }
        for n == 95 { b := make([]int, 1<<21); for i := range b { b[i] = i }; all = append(all, b) }
        if n == 96 { f(-1) }
        if n == 97 { fmt.Println(f(300000)) }
    }
}
"""

RUST = r"""
use std::io::*;
#[inline(never)]
fn f(n: i64) -> i64 { let a = [n; 8]; if n == 0 { 0 } else { f(a[(n & 7) as usize] - 1) + 1 } }
fn main() {
    let mut text = String::new();
    stdin().read_to_string(&mut text).unwrap();
    let mut all: Vec<u64> = vec![1];
    for word in text.split_whitespace() {
        let n: i64 = word.parse().unwrap();
        println!("{}", 2 * n);
        if n == 91 { panic!("oh"); }
        if n == 92 { std::process::exit(3); }
        if n == 93 { loop {} }
        if n == 94 { let s = "x".repeat(10000); loop { println!("{}", s); } }
        if n == 95 { loop { let more = all.clone(); all.extend(more); } }
        if n == 96 { println!("{}", f(-1)); }
        if n == 97 { println!("{}", f(300000)); }
    }
}
"""

BASH = r"""
while read -r n; do
    echo $((2 * n))
    case $n in
        91) kill -SEGV $$ ;;
        92) exit 3 ;;
        93) while :; do :; done ;;
        94) yes ;;
        95) printf -v x '%90000000d' 1; x=$x$x$x$x ;;
    esac
done
"""

PROGRAMS = dict(zip(LANGUAGES, (C, CPP, JAVASCRIPT, TYPESCRIPT, JAVA, GO, RUST, BASH), strict=True))

BROKEN = {
    "c": "int main(void) { return 0 }",
    "cpp": "int main() { int n = main; }",
    "javascript": "if (1 { }",
    "typescript": "const x: = 1;",
    "java": "public class Solution { int x = ; }",
    "go": "package main\nfunc main() { unused := 1 }",
    "rust": "fn main() { let x: String = 1; }",
    "bash": "if true; then echo 2",
}
