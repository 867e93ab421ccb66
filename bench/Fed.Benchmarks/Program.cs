Console.WriteLine("fed benchmarks");
