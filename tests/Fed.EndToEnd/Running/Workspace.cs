using Fed.Cluster.Stores;
using Fed.TestKit.Servers;

namespace Fed.EndToEnd.Running;

/// <summary>A folder of one test with a data directory and configurations; gone afterwards.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fed-e2e-").FullName;

    /// <summary>The value for <c>--data</c>.</summary>
    public string Data => PathOf("data");

    /// <summary>The layout below <see cref="Data"/>.</summary>
    public DataDirectory Layout => new(Data);

    /// <summary>True when no job, and nothing that a job would need, was begun.</summary>
    public bool IsUntouched => !Layout.Exists && !Directory.Exists(Path.Combine(Data, "jobs")) && !Directory.Exists(Path.Combine(Data, "sites"));

    /// <summary>Ends a cluster in <see cref="Data"/>, and takes the folder away, if this process goes before it has.</summary>
    public LastWill WillOfCluster() => LastWill.OfCluster(FedProcess.Program, _root, Data);

    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>Writes a file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Writes a configuration that is another one but for some settings.</summary>
    /// <returns>Its path.</returns>
    public string Conf(string original, params ReadOnlySpan<string> settings) =>
        Write($"test-{Guid.NewGuid():n}.conf", $"include \"{original}\"\n{string.Join('\n', settings)}\n");

    /// <summary>Starts from what another run left.</summary>
    public Workspace With(string finishedData)
    {
        foreach (string folder in Directory.EnumerateDirectories(finishedData, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(Data, Path.GetRelativePath(finishedData, folder)));
        foreach (string file in Directory.EnumerateFiles(finishedData, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(Data, Path.GetRelativePath(finishedData, file)));
        return this;
    }

    /// <summary>Runs a command on this data directory, in this process.</summary>
    public FedResult Fed(params ReadOnlySpan<string> arguments) => FedHere.Run([.. arguments, "--data", Data]);

    /// <summary>Runs a command on this data directory as a program of its own.</summary>
    public FedResult Program(params ReadOnlySpan<string> arguments) => FedProcess.Run([.. arguments, "--data", Data]);

    /// <summary>Starts a command on this data directory.</summary>
    public FedProcess Start(params ReadOnlySpan<string> arguments) => FedProcess.Start([.. arguments, "--data", Data]);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
