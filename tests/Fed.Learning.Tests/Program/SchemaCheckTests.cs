using Fed.Learning.Data;
using Fed.Learning.Program;
using Fed.Learning.Tests.Data.Support;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

/// <summary>A site whose columns mean something else does not begin.</summary>
public sealed class SchemaCheckTests
{
    private static readonly ColumnSpec Age = new("age", ColumnKind.Numeric) { Unit = "years", Max = 120 };

    [Fact]
    public void Plan_carries_what_the_columns_mean_and_reads_it_back()
    {
        LearningPlan plan = Plan(Read(Age)), back = LearningPlan.FromJson(plan.ToJson());
        Assert.Equal(plan.Schema!.Hash(), back.Schema!.Hash());
        Assert.Equal(plan.ToJson(), back.ToJson());
        Assert.Contains("\"unit\":\"years\"", System.Text.Encoding.UTF8.GetString(plan.ToJson()), StringComparison.Ordinal);
    }

    [Fact]
    public void Site_with_the_agreed_schema_is_taken() => _ = new SiloProgram(new FederatedProgram(Plan(Read(Age))), Site(Read(Age)));

    [Theory]
    [InlineData("months", 120)]
    [InlineData("years", 99)]
    public void Site_with_another_unit_or_range_is_refused_before_the_first_round(string unit, double max)
    {
        DataException refused = Assert.Throws<DataException>(() => new SiloProgram(new FederatedProgram(Plan(Read(Age))), Site(Read(Age with { Unit = unit, Max = max }))));
        Assert.StartsWith("site a reads its data by another schema (SHA-256 ", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"\"unit\":\"{unit}\",\"max\":{max}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("but the plan says", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Site_that_knows_less_or_more_is_refused()
    {
        Assert.Contains("which the file's columns do not come to", Assert.Throws<DataException>(static () => new SiloProgram(new FederatedProgram(Plan(Read(Age))), Site(Read()))).Message, StringComparison.Ordinal);
        Assert.Contains("which the plan does not say", Assert.Throws<DataException>(static () => new SiloProgram(new FederatedProgram(Plan(Read())), Site(Read(Age)))).Message, StringComparison.Ordinal);
    }

    private static DataTable Read(params ColumnSpec[] columns) => Tables.Csv("age,b,y\n50,1,0\n60,2,1\n", Tables.Schema("y", columns) with { Classes = 2 });

    private static SiteData Site(DataTable table) => Samples.Site("a", table.All) with { Features = table.Features, Schema = table.Schema };

    private static LearningPlan Plan(DataTable table) => Samples.Logistic(table.Features, 0, Samples.FullBatch(1, 0.1)) with { Schema = table.Schema };
}
