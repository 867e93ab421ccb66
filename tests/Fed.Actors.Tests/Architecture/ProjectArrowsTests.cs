using System.Xml.Linq;
using Xunit;

namespace Fed.Actors.Tests.Architecture;

/// <summary>The arrows between projects, as the project files draw them.</summary>
public sealed class ProjectArrowsTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Fed.Vectors"] = [],
        ["Fed.Actors"] = ["Fed.Vectors"],
        ["Fed.Crypto"] = ["Fed.Vectors"],
        ["Fed.Learning"] = ["Fed.Vectors"],
        ["Fed.Cluster"] = ["Fed.Actors", "Fed.Vectors"],
        ["Fed.Trainer"] = ["Fed.Learning"],
        ["Fed.Host"] = ["Fed.Actors", "Fed.Cluster", "Fed.Crypto", "Fed.Learning", "Fed.Trainer", "Fed.Vectors"],
    };

    private static IEnumerable<string> Projects { get; } = Directory.EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    [Fact]
    public void Projects_point_only_where_the_design_lets_them()
    {
        Assert.NotEmpty(Projects);
        foreach (string project in Projects)
        {
            string name = Path.GetFileNameWithoutExtension(project);
            Assert.True(Allowed.TryGetValue(name, out string[]? allowed), $"{name} has no place in the design");
            Assert.Empty(Items(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))).Except(allowed!));
        }
    }

    [Fact]
    public void Vectors_stand_on_the_base_library_alone() =>
        Assert.Empty(Items(Repository.PathOf("src", "Fed.Vectors", "Fed.Vectors.csproj"), "PackageReference"));

    [Fact]
    public void Product_code_refers_to_no_test_project() =>
        Assert.DoesNotContain(Projects.SelectMany(project => Items(project, "ProjectReference")), path => path.Contains("tests", StringComparison.Ordinal));

    private static IEnumerable<string> Items(string project, string kind) => XDocument.Load(project).Descendants(kind).Select(item => item.Attribute("Include")!.Value);
}
