package main

const Hidden = 1

func main() {}
