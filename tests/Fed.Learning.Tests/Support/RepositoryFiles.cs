namespace Fed.Learning.Tests.Support;

/// <summary>Files of the repository, found from the test's own folder upwards.</summary>
internal static class RepositoryFiles
{
    private static readonly string Root = FindRoot();

    public static string Find(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FedActors.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests run outside the repository");
    }
}
