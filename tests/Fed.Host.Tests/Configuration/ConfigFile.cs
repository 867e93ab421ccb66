using Fed.Host.Configuration;

namespace Fed.Host.Tests.Configuration;

/// <summary>Writes a small valid configuration with additions and loads it.</summary>
internal static class ConfigFile
{
    public const string Valid = "job.data.target = y\nsimulation { data = x.csv, partition { from = iid, sites = 4 } }\n";

    /// <summary>An addition after which only the data say how many sites there are.</summary>
    public const string AnySites = "simulation.partition { from = column, sites = null, column = k }\n";

    /// <summary>Additions start on line 4.</summary>
    public static FedConfig Load(string additions, params (string Name, string Value)[] environment)
    {
        using TemporaryFolder folder = new();
        return FedConfig.Load(folder.Write("t.conf", $"{Valid}\n{additions}"), name => Array.Find(environment, pair => pair.Name == name).Value);
    }

    /// <summary>The message that refuses the additions, without the folder.</summary>
    public static string Error(string additions)
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", $"{Valid}\n{additions}");
        return Xunit.Assert.ThrowsAny<UserException>(() => FedConfig.Load(file, static _ => null)).Message.Replace(folder.Path + "/", "", StringComparison.Ordinal);
    }
}
