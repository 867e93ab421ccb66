using System.Globalization;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation;

namespace Fed.Simulation;

/// <summary>What <c>./test.sh sim</c> was asked for.</summary>
internal sealed record SimulationOptions
{
    public const string Usage = """
        usage: ./test.sh sim [--seeds N]                         N schedules (default 1000), from seeds 1 to N
               ./test.sh sim --fresh N                           N schedules from a random seed on, which is printed
               ./test.sh sim --seed S [--trace] [--shrunk TEXT]  one schedule; --trace prints everything that happens, --shrunk takes a smaller one
               ./test.sh sim --mutants                           seeded bugs, and how soon each is found
               ./test.sh sim --deaths                            every node of a quiet federation dies before every step of a first round
               with --protection plain | secagg | ckks           how updates are protected (default plain)
        """;

    /// <summary>The one seed to run; null for many.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The first of many seeds.</summary>
    public ulong First { get; init; } = 1;

    /// <summary>How many.</summary>
    public long Count { get; init; } = 1000;

    /// <summary>How the schedules' sums are protected.</summary>
    public string Protection { get; init; } = ProtectionRules.Plain;

    public bool IsTraced { get; init; }

    public bool IsMutants { get; init; }

    public bool IsDeaths { get; init; }

    public bool IsHelp { get; init; }

    /// <summary>Cuts of each seed's scenario.</summary>
    public string Shrunk { get; init; } = "";

    /// <summary>The scenario of a seed.</summary>
    public FederationScenario Scenario(ulong seed) => Drawn(seed).Cut(Shrunk);

    /// <summary>Reads arguments; null with a message for those that make no sense.</summary>
    public static SimulationOptions? Parse(string[] args, out string? problem)
    {
        SimulationOptions options = new();
        problem = null;
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            bool isNumber = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
            switch (args[i])
            {
                case "--trace":
                    options = options with { IsTraced = true };
                    continue;
                case "--mutants":
                    options = options with { IsMutants = true };
                    continue;
                case "--deaths":
                    options = options with { IsDeaths = true };
                    continue;
                case "--help" or "-h":
                    options = options with { IsHelp = true };
                    continue;
                case "--seed" when isNumber:
                    options = options with { Seed = number };
                    break;
                case "--seeds" when isNumber && number is > 0 and < long.MaxValue:
                    options = options with { Count = (long)number };
                    break;
                case "--fresh" when isNumber && number is > 0 and < long.MaxValue:
#pragma warning disable RS0030 // The one thing that no seed decides is which seeds a fresh run begins with; it prints them.
                    options = options with { Count = (long)number, First = (ulong)Random.Shared.NextInt64(1, long.MaxValue / 2) };
#pragma warning restore RS0030
                    break;
                case "--protection" when value is ProtectionRules.Plain or SecAggPlan.Name or CkksPlan.Name:
                    options = options with { Protection = value };
                    break;
                case "--protection" when value is not null:
                    problem = $"'{value}' is no protection: write {ProtectionRules.Plain}, {SecAggPlan.Name} or {CkksPlan.Name}";
                    return null;
                case "--shrunk" when value is not null:
                    options = options with { Shrunk = value };
                    break;
                case "--seed" or "--seeds" or "--fresh" or "--shrunk" or "--protection" when value is null:
                    problem = $"the value of '{args[i]}' is missing";
                    return null;
                case "--seed" or "--seeds" or "--fresh":
                    problem = $"'{value}' is no value of '{args[i]}': write {(args[i] == "--seed" ? "a whole number from 0 to 18446744073709551615" : "how many schedules, a whole number from 1")}";
                    return null;
                default:
                    problem = $"'{args[i]}' is not an option";
                    return null;
            }

            i++;
        }

        problem = Contradiction(args, options);
        return problem is null ? options : null;
    }

    private FederationScenario Drawn(ulong seed) => Protection switch
    {
        SecAggPlan.Name => FederationScenario.SecAggFromSeed(seed),
        CkksPlan.Name => FederationScenario.CkksFromSeed(seed),
        _ => FederationScenario.FromSeed(seed),
    };

    /// <summary>Why options do not go together; null where they do.</summary>
    private static string? Contradiction(string[] args, SimulationOptions options)
    {
        if (options.IsHelp) return null;
        string[] forms = [.. args.Where(static arg => arg is "--seed" or "--seeds" or "--fresh" or "--mutants" or "--deaths")];
        if (forms.Length > 1) return $"'{forms[0]}' and '{forms[1]}' do not go together: choose one";
        if (options.IsTraced && options.Seed is null) return "'--trace' needs '--seed': only one schedule is printed step by step";
        return options.IsMutants && options.Shrunk.Length > 0 ? "'--mutants' and '--shrunk' do not go together: choose one" : null;
    }
}
