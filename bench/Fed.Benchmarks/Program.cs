using Fed.Benchmarks.Sqlite;

switch (args.FirstOrDefault())
{
    case "sqlite":
        SqliteBenchmark.Run(Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("usage: ./test.sh bench sqlite");
        return 2;
}
