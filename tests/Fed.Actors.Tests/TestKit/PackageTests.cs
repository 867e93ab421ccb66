using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using Fed.Actors.Tests.Architecture;
using Xunit;

namespace Fed.Actors.Tests.TestKit;

/// <summary>What <c>dotnet pack tests/Fed.TestKit</c> makes of what was built.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task Package_holds_library_docs_and_readme_and_depends_on_what_its_users_need()
    {
        string folder = Directory.CreateTempSubdirectory("fed-pack").FullName;
        try
        {
            await PackAsync(folder);
            using ZipArchive package = await ZipFile.OpenReadAsync(Assert.Single(Directory.EnumerateFiles(folder, "Fed.TestKit.*.nupkg")));
            string[] files = [.. package.Entries.Select(entry => entry.FullName)];
            Assert.Empty(((string[])["lib/net10.0/Fed.TestKit.dll", "lib/net10.0/Fed.TestKit.xml", "README.md"]).Except(files));
            Assert.DoesNotContain(files, file => file.EndsWith(".dll", StringComparison.Ordinal) && file != "lib/net10.0/Fed.TestKit.dll");

            await using Stream nuspec = await package.GetEntry("Fed.TestKit.nuspec")!.OpenAsync();
            XElement metadata = (await XDocument.LoadAsync(nuspec, LoadOptions.None, CancellationToken.None)).Root!.Elements().Single();
            string text(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
            Assert.Equal(("Fed.TestKit", "Apache-2.0", "README.md"), (text("id"), text("license"), text("readme")));
            string[] needed = [.. metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value)];
            Assert.Equal(["Fed.Actors", "Fed.Cluster", "Npgsql", "RabbitMQ.Client", "SQLitePCLRaw.bundle_e_sqlite3", "xunit.v3.assert", "xunit.v3.extensibility.core"], needed.Order(StringComparer.Ordinal));

            await using Stream docs = await package.GetEntry("lib/net10.0/Fed.TestKit.xml")!.OpenAsync();
            string documented = await new StreamReader(docs).ReadToEndAsync();
            Assert.Contains("M:Fed.TestKit.TestProbe`1.ExpectNoMsg(System.TimeSpan)", documented, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PackAsync(string output)
    {
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        using Process pack = Process.Start(new ProcessStartInfo("dotnet", ["pack", Repository.PathOf("tests", "Fed.TestKit"), "-c", configuration, "--no-build", "--nologo", "-v", "quiet", "-o", output])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> said = pack.StandardOutput.ReadToEndAsync(), failed = pack.StandardError.ReadToEndAsync();
        await pack.WaitForExitAsync();
        Assert.True(pack.ExitCode == 0, $"dotnet pack: {await said}{await failed}");
    }
}
