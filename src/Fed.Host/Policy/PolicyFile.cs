using Fed.Actors.Persistence;
using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Policy;

/// <summary>Reads and validates a site's policy file over the built-in defaults, by which no job passes.</summary>
internal static class PolicyFile
{
    /// <summary>How messages name the defaults.</summary>
    private const string ReferenceName = "built-in policy.conf";

    private static readonly TimeSpan IdleMin = TimeSpan.FromMinutes(1), IdleMax = TimeSpan.FromDays(365);

    /// <summary>The text of the defaults, comments included.</summary>
    public static string ReferenceText => Hocon.Embedded("policy.conf");

    /// <summary>A policy by which no job passes: that of a site without a file.</summary>
    public static PolicyOptions None { get; } = Bind(Hocon.Parse(ReferenceText, ReferenceName));

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserException">It is missing, is not HOCON, has an unknown setting, or asks for the impossible.</exception>
    public static PolicyOptions Load(string file)
    {
        HoconObject defaults = Hocon.Parse(ReferenceText, ReferenceName);
        HoconObject root = Hocon.Load(file, (ReferenceName, ReferenceText), Environment.GetEnvironmentVariable);
        KnownKeys.Check(root, defaults);
        return Bind(root);
    }

    private static PolicyOptions Bind(HoconObject root)
    {
        ConfigReader policy = new ConfigReader(root, "", new HashSet<string>(StringComparer.Ordinal)).Section("policy");
        ConfigReader rules = policy.Section("rules"), egress = policy.Section("egress"), jobs = policy.Section("jobs"), disk = policy.Section("disk");
        return new PolicyOptions(
            policy.Choice<PolicyAllowance>("allow"),
            [.. policy.Texts("plans").Select(text => HashOf(policy, text))],
            new PolicyRules(
                rules.Texts("algorithms"), rules.Texts("models"), rules.Choice<ProtectionFloor>("protection-min"), rules.Integer("colluding-min", 0), rules.Integer("contributors-min", 1), rules.Integer("sites-min", 1),
                rules.OptionalLong("rows-min", 1), rules.OptionalInteger("rounds-max", 0),
                [.. rules.Texts("windows").Select(text => TimeWindow.Parse(text) ?? throw rules.Refuse("windows", $"expected {rules.Path}.windows to hold times such as 'mon-fri 20:00-06:00', found '{text}'"))])
            {
                EpsilonMax = rules.OptionalReal("epsilon-max", 0),
                ContributorsStated = rules.Flag("contributors-stated"),
            },
            new EgressLimits(egress.Texts("sums"), egress.OptionalLong("values-max", 1), egress.OptionalLong("total-max", 1)),
            policy.Choice<ApprovalMode>("approval"),
            new JobLimits(jobs.Integer("at-once", 1), jobs.Duration("idle-after", IdleMin, IdleMax)),
            new DiskLimits(disk.Has("quota") ? disk.Size("quota", 1, long.MaxValue) : null, disk.Size("free-min", 0, long.MaxValue)));
    }

    private static Digest HashOf(ConfigReader policy, string text)
    {
        try
        {
            return Digest.Parse(text);
        }
        catch (FormatException)
        {
            throw policy.Refuse("plans", $"expected {policy.Path}.plans to hold SHA-256 values of 64 hexadecimal digits, found '{text}'; 'fed site pending' shows them");
        }
    }
}
